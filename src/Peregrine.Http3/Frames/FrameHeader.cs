using System.Buffers;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>What stands before every frame's payload (RFC 9114 §7.1).</summary>
/// <remarks>
/// <code>
/// HTTP/3 Frame Format {
///   Type (i),
///   Length (i),
///   Frame Payload (..),
/// }
/// </code>
/// </remarks>
internal readonly record struct FrameHeader(ulong Type, ulong Length)
{
    public const int MaxEncodedLength = 2 * VarInt.MaxLength;

    /// <summary>Reads a header from the start of the bytes; false when they end before it does.</summary>
    public static bool TryRead(in ReadOnlySequence<byte> source, out FrameHeader header, out int consumed)
    {
        if (source.FirstSpan.Length >= MaxEncodedLength || source.IsSingleSegment)
            return TryRead(source.FirstSpan, out header, out consumed);

        Span<byte> copy = stackalloc byte[MaxEncodedLength];
        var available = source.Slice(0, Math.Min(source.Length, MaxEncodedLength));
        available.CopyTo(copy);
        return TryRead(copy[..(int)available.Length], out header, out consumed);
    }

    public static bool TryRead(ReadOnlySpan<byte> source, out FrameHeader header, out int consumed)
    {
        var reader = new SpanReader(source);
        if (reader.TryReadVarInt(out var type) && reader.TryReadVarInt(out var length))
        {
            header = new FrameHeader(type, length);
            consumed = reader.Position;
            return true;
        }

        header = default;
        consumed = 0;
        return false;
    }

    public static int Write(Span<byte> destination, ulong type, ulong length)
    {
        var written = VarInt.Write(destination, type);
        return written + VarInt.Write(destination[written..], length);
    }

    public static int EncodedLength(ulong type, ulong length) => VarInt.Length(type) + VarInt.Length(length);
}
