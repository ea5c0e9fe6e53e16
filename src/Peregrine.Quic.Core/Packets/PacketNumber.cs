using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Packet numbers on the wire: 1 to 4 low bytes of a 62-bit number (RFC 9000 §17.1, Appendix A.2 and A.3).</summary>
internal static class PacketNumber
{
    public const int MaxLength = 4;

    /// <summary>
    /// The bytes needed so that the peer can tell this number from all that it may still expect: those above
    /// <paramref name="largestAcknowledged"/>, or all when it has acknowledged none.
    /// </summary>
    public static int EncodedLength(ulong packetNumber, ulong? largestAcknowledged)
    {
        var unacknowledged = largestAcknowledged is { } largest ? packetNumber - largest : packetNumber + 1;
        return unacknowledged switch
        {
            <= 1UL << 7 => 1,
            <= 1UL << 15 => 2,
            <= 1UL << 23 => 3,
            _ => 4,
        };
    }

    public static void Write(ref SpanWriter writer, ulong packetNumber, int length)
    {
        for (var shift = (length - 1) * 8; shift >= 0; shift -= 8)
            writer.WriteByte((byte)((packetNumber >> shift) & 0xff));
    }

    /// <summary>
    /// The full number closest to <paramref name="expected"/> (one more than the largest processed, or 0) that ends in these bytes.
    /// </summary>
    public static ulong Decode(ulong expected, uint truncated, int length)
    {
        var window = 1UL << (length * 8);
        var half = window / 2;
        var candidate = (expected & ~(window - 1)) | truncated;

        // The RFC's "candidate <= expected - half", without going below zero.
        if (candidate + half <= expected && candidate <= VarInt.MaxValue - window)
            return candidate + window;
        if (candidate > expected + half && candidate >= window)
            return candidate - window;
        return candidate;
    }
}
