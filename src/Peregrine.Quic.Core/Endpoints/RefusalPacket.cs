using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// CONNECTION_REFUSED in one Initial packet, for a client that is let in no further (RFC 9000 §5.2.2): nothing is kept of it. It is not
/// padded, since it asks for no acknowledgement (§14.1), and so never larger than what it answers.
/// </summary>
internal static class RefusalPacket
{
    public const int MaxLength = 128;

    /// <summary>Answers the Initial with this header; returns the packet's length.</summary>
    public static int Write(Span<byte> destination, in PacketHeader initial, IRandomSource random)
    {
        var writer = new SpanWriter(destination[..MaxLength]);
        var source = ConnectionId.Random(random, ConnectionId.IssuedLength);
        var numberOffset = LongHeader.Write(
            ref writer, PacketType.Initial, initial.Version, initial.SourceConnectionId, source, token: default, packetNumber: 0, 1);
        ConnectionCloseFrame.TryWrite(
            ref writer, isApplication: false, (ulong)TransportErrorCode.ConnectionRefused, frameType: 0, "The server is full."u8);
        writer.Advance(IPacketAead.TagLength);
        var packet = destination[..writer.Position];
        LongHeader.PatchLength(packet, numberOffset);
        using var keys = InitialKeys.DeriveServer(initial.Version, initial.DestinationConnectionId);
        PacketProtection.Seal(keys, packet, numberOffset, 1, 0);
        return packet.Length;
    }
}
