using System.Buffers;

namespace Peregrine.Http3;

/// <summary>
/// Gathers the payload of one HEADERS frame and decodes it. A payload that lies in one block is decoded where it is; otherwise it is copied
/// as it comes, so that the stream's window opens again. The frame's length was bounded before. Mutable; lives in its owner's field.
/// </summary>
internal struct SectionBuffer
{
    private PooledBuffer? _bytes;

    /// <summary>Takes what has come; true when the section is whole.</summary>
    public bool TryTake(ref ReadOnlySequence<byte> buffer, FrameCursor cursor, int maxSize, out HttpFields section)
    {
        var length = (int)cursor.Remaining;
        if (_bytes is null && buffer.FirstSpan.Length >= length)
        {
            section = Decode(buffer.FirstSpan[..length], maxSize);
            cursor.Consume(length);
            buffer = buffer.Slice(length);
            return true;
        }

        var available = buffer.Slice(0, Math.Min(length, buffer.Length));
        _bytes ??= new PooledBuffer((int)available.Length);
        foreach (var segment in available)
            _bytes.Write(segment.Span);
        cursor.Consume(available.Length);
        buffer = buffer.Slice(available.End);
        if (cursor.Remaining != 0)
        {
            section = null!;
            return false;
        }

        using var whole = _bytes;
        _bytes = null;
        section = Decode(whole.WrittenSpan, maxSize);
        return true;
    }

    private static HttpFields Decode(ReadOnlySpan<byte> encoded, int maxSize)
    {
        var section = new HttpFields();
        return FieldSectionDecoder.Decode(encoded, maxSize, section, out var problem) switch
        {
            FieldSectionStatus.Done => section,
            FieldSectionStatus.TooLarge => throw Http3Exception.OnStream(Http3ErrorCode.ExcessiveLoad, $"In HEADERS, {problem}."),
            _ => throw Http3Exception.OnConnection(Http3ErrorCode.QpackDecompressionFailed, $"In HEADERS, {problem}."),
        };
    }
}
