using System.Runtime.CompilerServices;

namespace Peregrine.Quic.Core;

/// <summary>Where a frame type may stand and what it counts for: RFC 9000 §12.4 Table 3 with the extensions we know.</summary>
internal static class FrameRules
{
    private const Rule I = Rule.Initial;
    private const Rule H = Rule.Handshake;
    private const Rule Z = Rule.ZeroRtt;
    private const Rule One = Rule.OneRtt;
    private const Rule N = Rule.NotAckEliciting;
    private const Rule C = Rule.NotInFlight;
    private const Rule P = Rule.Probing;
    private const Rule F = Rule.FlowControlled;
    private const Rule S = Rule.FromServerOnly;

    private static readonly Rule[] Table = BuildTable();

    [Flags]
    private enum Rule : ushort
    {
        Unknown = 0,
        Initial = 1 << PacketType.Initial,
        ZeroRtt = 1 << PacketType.ZeroRtt,
        Handshake = 1 << PacketType.Handshake,
        OneRtt = 1 << PacketType.OneRtt,
        NotAckEliciting = 1 << 8,
        NotInFlight = 1 << 9,
        Probing = 1 << 10,
        FlowControlled = 1 << 11,
        FromServerOnly = 1 << 12,
    }

    public static bool IsKnown(ulong type) => RuleOf(type) != Rule.Unknown;

    /// <summary>True when packets with this frame ask for an acknowledgement.</summary>
    public static bool IsAckEliciting(ulong type) => !Has(type, Rule.NotAckEliciting);

    /// <summary>True when the frame alone makes its packet count as in flight (RFC 9002 §2).</summary>
    public static bool CountsInFlight(ulong type) => !Has(type, Rule.NotInFlight);

    /// <summary>True when a packet of only such frames probes a path without moving there (RFC 9000 §9.1).</summary>
    public static bool IsProbing(ulong type) => Has(type, Rule.Probing);

    public static bool IsFlowControlled(ulong type) => Has(type, Rule.FlowControlled);

    /// <summary>Whether the table allows the frame in the packet.</summary>
    public static bool IsAllowed(ulong type, PacketType packet) => Has(type, RuleFor(packet));

    /// <summary>
    /// The fault of a known frame that may not stand in this packet or may not be sent to this receiver; null when it may.
    /// </summary>
    public static QuicFault? Check(ulong type, PacketType packet, bool receiverIsServer)
    {
        if (!Has(type, RuleFor(packet)))
            return QuicFault.ProtocolViolation($"{FrameType.NameOf(type)} (0x{type:x}) may not stand in a packet of type {packet}.", type);
        if (receiverIsServer && Has(type, Rule.FromServerOnly))
            return QuicFault.ProtocolViolation($"Only a server sends {FrameType.NameOf(type)}.", type);
        return null;
    }

    private static Rule RuleFor(PacketType packet) => (Rule)(1 << (int)packet);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Has(ulong type, Rule rule) => (RuleOf(type) & rule) == rule;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Rule RuleOf(ulong type) => type < (ulong)Table.Length ? Table[type] : Rule.Unknown;

    private static Rule[] BuildTable()
    {
        var table = new Rule[0x32];
        table[FrameType.Padding] = I | H | Z | One | N | P;
        table[FrameType.Ping] = I | H | Z | One;
        table[FrameType.Ack] = I | H | One | N | C;
        table[FrameType.AckEcn] = I | H | One | N | C;
        table[FrameType.ResetStream] = Z | One;
        table[FrameType.StopSending] = Z | One;
        table[FrameType.Crypto] = I | H | One;
        table[FrameType.NewToken] = One | S;
        for (var type = FrameType.Stream; type <= FrameType.StreamLast; type++)
            table[type] = Z | One | F;
        table[FrameType.MaxData] = Z | One;
        table[FrameType.MaxStreamData] = Z | One;
        table[FrameType.MaxStreamsBidirectional] = Z | One;
        table[FrameType.MaxStreamsUnidirectional] = Z | One;
        table[FrameType.DataBlocked] = Z | One;
        table[FrameType.StreamDataBlocked] = Z | One;
        table[FrameType.StreamsBlockedBidirectional] = Z | One;
        table[FrameType.StreamsBlockedUnidirectional] = Z | One;
        table[FrameType.NewConnectionId] = Z | One | P;

        // The text of RFC 9000 §12.5 rules it out of 0-RTT as impossible (refusing is a MAY); Table 3 allows it.
        table[FrameType.RetireConnectionId] = Z | One;
        table[FrameType.PathChallenge] = Z | One | P;
        table[FrameType.PathResponse] = One | P;
        table[FrameType.ConnectionCloseTransport] = I | H | Z | One | N;
        table[FrameType.ConnectionCloseApplication] = Z | One | N;
        table[FrameType.HandshakeDone] = One | S;
        table[FrameType.ResetStreamAt] = Z | One;
        table[FrameType.Datagram] = Z | One;
        table[FrameType.DatagramWithLength] = Z | One;
        return table;
    }
}
