using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Peregrine.Wire;

/// <summary>Variable-length integers of RFC 9000 §16: the two top bits of the first byte give the length, 1, 2, 4 or 8 bytes.</summary>
internal static class VarInt
{
    /// <summary>2^62 - 1, the largest value that fits.</summary>
    public const ulong MaxValue = (1UL << 62) - 1;

    public const int MaxLength = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Length(ulong value)
    {
        Debug.Assert(value <= MaxValue);
        return value < 1UL << 6 ? 1 : value < 1UL << 14 ? 2 : value < 1UL << 30 ? 4 : 8;
    }

    /// <summary>How many bytes an integer takes whose first byte is this.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthFromFirstByte(byte first) => 1 << (first >> 6);

    /// <summary>Reads one integer from the start of <paramref name="source"/>; false when the bytes end before it does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong value, out int length)
    {
        if (source.IsEmpty)
        {
            value = 0;
            length = 0;
            return false;
        }

        var first = source[0];
        length = LengthFromFirstByte(first);
        if (length == 1)
        {
            value = first;
            return true;
        }

        return TryReadLong(source, length, out value);
    }

    private static bool TryReadLong(ReadOnlySpan<byte> source, int length, out ulong value)
    {
        value = 0;
        if (source.Length < length)
            return false;
        value = length switch
        {
            2 => (ulong)BinaryPrimitives.ReadUInt16BigEndian(source) & 0x3fff,
            4 => BinaryPrimitives.ReadUInt32BigEndian(source) & 0x3fff_ffff,
            _ => BinaryPrimitives.ReadUInt64BigEndian(source) & MaxValue,
        };
        return true;
    }

    /// <summary>Writes <paramref name="value"/> in its shortest form and returns the bytes used.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        var length = Length(value);
        Write(destination, value, length);
        return length;
    }

    /// <summary>
    /// Writes <paramref name="value"/> in exactly <paramref name="length"/> bytes (1, 2, 4 or 8), which need not be the shortest form.
    /// </summary>
    public static void Write(Span<byte> destination, ulong value, int length)
    {
        Debug.Assert(value <= MaxValue && length >= Length(value));
        switch (length)
        {
            case 1:
                destination[0] = (byte)value;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(value | 0x4000));
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)(value | 0x8000_0000));
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(destination, value | 0xc000_0000_0000_0000);
                break;
        }
    }
}
