namespace Peregrine.Http3;

/// <summary>
/// The integers of QPACK (RFC 9204 §4.1.1, RFC 7541 §5.1): the low bits of a byte, and where those are all ones, seven more bits a byte.
/// An integer has at most <see cref="MaxLength"/> bytes and 62 bits, so that endless continuation is noticed at once.
/// </summary>
internal static class PrefixedInteger
{
    /// <summary>The first byte and as many more as 62 bits can need.</summary>
    public const int MaxLength = 10;

    public const ulong MaxValue = (1UL << 62) - 1;

    /// <summary>Reads one integer whose first byte gives it <paramref name="prefixBits"/> bits.</summary>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, int prefixBits, out ulong value, out int length)
    {
        value = 0;
        length = 0;
        if (source.IsEmpty)
            return DecodeStatus.NeedMore;
        var mask = (1u << prefixBits) - 1;
        value = source[0] & mask;
        length = 1;
        if (value != mask)
            return DecodeStatus.Done;

        for (var shift = 0; ; shift += 7)
        {
            if (length == MaxLength)
                return DecodeStatus.Invalid;
            if (length == source.Length)
                return DecodeStatus.NeedMore;
            var octet = source[length++];
            // Nine continuation bytes carry 63 bits at most, so neither the shift nor the sum leaves 64 bits.
            value += (ulong)(octet & 0x7f) << shift;
            if (value > MaxValue)
                return DecodeStatus.Invalid;
            if ((octet & 0x80) == 0)
                return DecodeStatus.Done;
        }
    }

    /// <summary>Writes the integer below the bits already in <paramref name="pattern"/>; returns the bytes written.</summary>
    public static int Write(Span<byte> destination, byte pattern, int prefixBits, ulong value)
    {
        var mask = (1u << prefixBits) - 1;
        if (value < mask)
        {
            destination[0] = (byte)(pattern | (byte)value);
            return 1;
        }

        destination[0] = (byte)(pattern | mask);
        value -= mask;
        var length = 1;
        while (value >= 0x80)
        {
            destination[length++] = (byte)((value & 0x7f) | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }
}

/// <summary>What came of reading from bytes that may not all be there yet.</summary>
internal enum DecodeStatus
{
    Done,
    NeedMore,
    Invalid,
}
