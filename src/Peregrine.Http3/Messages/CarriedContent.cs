using System.Buffers;

namespace Peregrine.Http3;

/// <summary>
/// Content that the consumer looked at and left, gathered over the borders of DATA frames. It grows only as the consumer asks for more
/// without consuming. Owns its pooled bytes, which move only while nobody holds them.
/// </summary>
internal sealed class CarriedContent
{
    private const int InitialCapacity = 256;

    private PooledBuffer? _bytes;
    private int _start;
    private bool _isExamined;

    public bool IsEmpty => _bytes is not { } bytes || _start == bytes.Length;

    /// <summary>Whether there are bytes the consumer has not looked at.</summary>
    public bool HasUnexamined => !IsEmpty && !_isExamined;

    public ReadOnlySequence<byte> Content =>
        _bytes is { } bytes && _start != bytes.Length ? new ReadOnlySequence<byte>(bytes.Written[_start..]) : ReadOnlySequence<byte>.Empty;

    public void Append(in ReadOnlySequence<byte> content)
    {
        var bytes = _bytes ??= new PooledBuffer(InitialCapacity);
        if (_start != 0)
            bytes.RemoveFirst(_start);
        _start = 0;
        foreach (var segment in content)
            bytes.Write(segment.Span);
        _isExamined = false;
    }

    public void MarkExamined() => _isExamined = true;

    public void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var content = Content;
        _start += (int)content.Slice(0, consumed).Length;
        _isExamined = content.Slice(examined).IsEmpty;
        if (IsEmpty)
            Release();
    }

    /// <summary>Lets go of the bytes without giving them back to the pool.</summary>
    public void Abandon() => _bytes = null;

    private void Release()
    {
        _bytes?.Dispose();
        _bytes = null;
        _start = 0;
        _isExamined = false;
    }
}
