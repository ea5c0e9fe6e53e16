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

    public bool IsEmpty => _bytes is null || _start == _bytes.Length;

    /// <summary>Whether there are bytes the consumer has not looked at.</summary>
    public bool HasUnexamined => !IsEmpty && !_isExamined;

    public ReadOnlySequence<byte> Content => IsEmpty ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_bytes!.Written[_start..]);

    public void Append(in ReadOnlySequence<byte> content)
    {
        _bytes ??= new PooledBuffer(InitialCapacity);
        if (_start != 0)
            _bytes.RemoveFirst(_start);
        _start = 0;
        foreach (var segment in content)
            _bytes.Write(segment.Span);
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

    public void Release()
    {
        _bytes?.Dispose();
        _bytes = null;
        _start = 0;
        _isExamined = false;
    }
}
