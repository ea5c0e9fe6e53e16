using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Writes the short header of 1-RTT packets (RFC 9000 §17.3.1).</summary>
internal static class ShortHeader
{
    //   1-RTT Packet {
    //     Header Form (1) = 0,
    //     Fixed Bit (1) = 1,
    //     Spin Bit (1),
    //     Reserved Bits (2),
    //     Key Phase (1),
    //     Packet Number Length (2),
    //     Destination Connection ID (0..160),
    //     Packet Number (8..32),
    //   }

    /// <summary>The whole header's length, packet number included.</summary>
    public static int Length(int destinationIdLength, int packetNumberLength) => 1 + destinationIdLength + packetNumberLength;

    /// <summary>Writes the header and returns the packet number's offset, counted from the writer's start.</summary>
    public static int Write(
        ref SpanWriter writer, in ConnectionId destination, bool spin, bool keyPhase, ulong packetNumber, int packetNumberLength)
    {
        var first = HeaderBits.Fixed | (spin ? HeaderBits.Spin : 0) | (keyPhase ? HeaderBits.KeyPhase : 0) | (packetNumberLength - 1);
        writer.WriteByte((byte)first);
        writer.WriteBytes(destination.Span);

        var packetNumberOffset = writer.Position;
        PacketNumber.Write(ref writer, packetNumber, packetNumberLength);
        return packetNumberOffset;
    }
}
