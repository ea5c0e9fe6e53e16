using System.Buffers;
using System.IO.Pipelines;

namespace Peregrine.Http3.Tests;

/// <summary>
/// Lends its bytes as a stream does, and has every block in use for something else as soon as it is given back: what looks at a lent
/// sequence after <see cref="AdvanceTo(SequencePosition)"/> sees other bytes and other lengths, every time.
/// </summary>
internal sealed class RecyclingPipeReader(byte[] bytes, int blockSize, int mostPerRead = int.MaxValue) : PipeReader
{
    private readonly List<Block> _lent = [];
    private ReadOnlySequence<byte> _sequence;
    private int _position;
    private int _examined;

    public override bool TryRead(out ReadResult result)
    {
        Assert.Empty(_lent);
        var least = Math.Min(_examined + 1, bytes.Length - _position);
        var length = Math.Min(bytes.Length - _position, Math.Max(mostPerRead, least));
        for (var at = 0; at < length; at += blockSize)
            _lent.Add(new Block(bytes.AsSpan(_position + at, Math.Min(blockSize, length - at)).ToArray(), _position + at, _lent.LastOrDefault()));
        _sequence = length == 0
            ? ReadOnlySequence<byte>.Empty
            : new ReadOnlySequence<byte>(_lent[0], 0, _lent[^1], _lent[^1].Memory.Length);
        result = new ReadResult(_sequence, isCanceled: false, isCompleted: _position + length == bytes.Length);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        TryRead(out var result);
        return ValueTask.FromResult(result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var count = LengthTo(consumed);
        _examined = Math.Max(0, LengthTo(examined) - count);
        _position += count;
        foreach (var block in _lent)
            block.Recycle();
        _lent.Clear();
        _sequence = default;
    }

    public override void CancelPendingRead() => throw new NotSupportedException();

    public override void Complete(Exception? exception = null)
    {
    }

    private int LengthTo(SequencePosition position) =>
        position.GetObject() is null ? 0 : (int)_sequence.Slice(_sequence.Start, position).Length;

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        public Block(byte[] content, long index, Block? previous)
        {
            Memory = content;
            RunningIndex = index;
            previous?.Next = this;
        }

        public void Recycle()
        {
            System.Runtime.InteropServices.MemoryMarshal.AsMemory(Memory).Span.Fill(0xDB);
            Memory = ReadOnlyMemory<byte>.Empty;
            RunningIndex = ~(RunningIndex << 8);
        }
    }
}
