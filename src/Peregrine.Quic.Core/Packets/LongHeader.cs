using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Writes the long header of Initial, 0-RTT and Handshake packets of version 1 (RFC 9000 §17.2).</summary>
internal static class LongHeader
{
    //   Long Header Packet {
    //     Header Form (1) = 1,
    //     Fixed Bit (1) = 1,
    //     Long Packet Type (2),
    //     Reserved Bits (2),
    //     Packet Number Length (2),
    //     Version (32),
    //     DCID Len (8), Destination Connection ID (0..160),
    //     SCID Len (8), Source Connection ID (0..160),
    //     [Token Length (i), Token (..)],             Initial only
    //     Length (i),                                 we always take two bytes
    //     Packet Number (8..32),
    //   }

    /// <summary>The Length field is patched once the payload is known, so its size is fixed.</summary>
    private const int LengthFieldSize = 2;

    /// <summary>The most that the Length field can say.</summary>
    public const int MaxLengthField = (1 << 14) - 1;

    private const byte InitialBits = 0;
    private const byte ZeroRttBits = 1;
    private const byte HandshakeBits = 2;
    private const byte RetryBits = 3;

    public static PacketType TypeOf(byte first) => ((first & HeaderBits.LongTypeMask) >> HeaderBits.LongTypeShift) switch
    {
        InitialBits => PacketType.Initial,
        ZeroRttBits => PacketType.ZeroRtt,
        HandshakeBits => PacketType.Handshake,
        _ => PacketType.Retry,
    };

    /// <summary>The first byte without its low four bits.</summary>
    public static byte FirstByte(PacketType type)
    {
        var bits = type switch
        {
            PacketType.Initial => InitialBits,
            PacketType.ZeroRtt => ZeroRttBits,
            PacketType.Handshake => HandshakeBits,
            _ => RetryBits,
        };
        return (byte)(HeaderBits.LongForm | HeaderBits.Fixed | (bits << HeaderBits.LongTypeShift));
    }

    /// <summary>The whole header's length, packet number included.</summary>
    public static int Length(PacketType type, int destinationIdLength, int sourceIdLength, int tokenLength, int packetNumberLength) =>
        1 + 4 + 1 + destinationIdLength + 1 + sourceIdLength +
        (type == PacketType.Initial ? LengthPrefix.Of(tokenLength) + tokenLength : 0) +
        LengthFieldSize + packetNumberLength;

    /// <summary>
    /// Writes the header with an empty Length field and returns the packet number's offset, counted from the writer's start.
    /// </summary>
    public static int Write(
        ref SpanWriter writer, PacketType type, uint version, in ConnectionId destination, in ConnectionId source,
        ReadOnlySpan<byte> token, ulong packetNumber, int packetNumberLength)
    {
        Debug.Assert(type == PacketType.Initial || token.IsEmpty);

        writer.WriteByte((byte)(FirstByte(type) | (packetNumberLength - 1)));
        writer.WriteUInt32(version);
        writer.WriteByte((byte)destination.Length);
        writer.WriteBytes(destination.Span);
        writer.WriteByte((byte)source.Length);
        writer.WriteBytes(source.Span);
        if (type == PacketType.Initial)
            writer.WriteVarIntPrefixed(token);
        writer.WriteVarInt(0, LengthFieldSize);

        var packetNumberOffset = writer.Position;
        PacketNumber.Write(ref writer, packetNumber, packetNumberLength);
        return packetNumberOffset;
    }

    /// <summary>Fills the Length field of <paramref name="packet"/>, which is the whole packet with the room for its tag.</summary>
    public static void PatchLength(Span<byte> packet, int packetNumberOffset) =>
        VarInt.Write(packet[(packetNumberOffset - LengthFieldSize)..], (ulong)(packet.Length - packetNumberOffset), LengthFieldSize);
}
