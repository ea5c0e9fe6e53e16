using System.Buffers.Binary;
using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// The vectors of RFC 8446 §3.4: a length of one, two or three bytes and then that many bytes. As with every read of
/// <see cref="SpanReader"/>, one that fails moves nothing.
/// </summary>
internal static class VectorReading
{
    public static bool TryReadVector8(this scoped ref SpanReader reader, out ReadOnlySpan<byte> contents)
    {
        var start = reader;
        if (reader.TryReadByte(out var length) && reader.TryReadBytes(length, out contents))
            return true;
        return Fail(ref reader, start, out contents);
    }

    public static bool TryReadVector16(this scoped ref SpanReader reader, out ReadOnlySpan<byte> contents)
    {
        var start = reader;
        if (reader.TryReadUInt16(out var length) && reader.TryReadBytes(length, out contents))
            return true;
        return Fail(ref reader, start, out contents);
    }

    public static bool TryReadVector24(this scoped ref SpanReader reader, out ReadOnlySpan<byte> contents)
    {
        var start = reader;
        if (reader.TryReadUInt24(out var length) && reader.TryReadBytes(length, out contents))
            return true;
        return Fail(ref reader, start, out contents);
    }

    /// <summary>Reads a non-empty list of 16-bit code points that fills <paramref name="list"/> entirely.</summary>
    public static bool TryReadCodePoints(ReadOnlySpan<byte> list, out ushort[] values)
    {
        values = [];
        if (list.IsEmpty || (list.Length & 1) != 0)
            return false;
        values = new ushort[list.Length / 2];
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadUInt16BigEndian(list[(2 * i)..]);
        return true;
    }

    /// <summary>Reads an extension that is one 16-bit-prefixed, non-empty list of code points and nothing else.</summary>
    public static bool TryReadCodePointVector(ReadOnlySpan<byte> extension, out ushort[] values)
    {
        var reader = new SpanReader(extension);
        if (reader.TryReadVector16(out var list) && reader.IsAtEnd)
            return TryReadCodePoints(list, out values);
        values = [];
        return false;
    }

    private static bool Fail(scoped ref SpanReader reader, SpanReader start, out ReadOnlySpan<byte> contents)
    {
        reader = start;
        contents = default;
        return false;
    }
}
