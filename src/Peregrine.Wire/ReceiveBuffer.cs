using System.Buffers;

namespace Peregrine.Wire;

/// <summary>
/// Puts the pieces of a byte stream in order. Bytes are copied once, into blocks at aligned offsets, so that a single byte far ahead costs one
/// block and memory never follows the offset: the owner bounds it by admitting only offsets inside a window, and watches <see cref="Count"/>.
/// Of bytes received twice the first win. It owns its blocks.
/// <para>What <see cref="Peek"/> returned stays valid until the next <see cref="Advance"/> or <see cref="Read"/>, even if the buffer is
/// discarded meanwhile: blocks that are lent are left to the garbage collector instead of the pool.</para>
/// </summary>
internal sealed class ReceiveBuffer(BlockPool pool)
{
    private RangeSet? _ahead;
    private Block? _first;
    private Block? _last;
    private Block? _recent;
    private Block? _readEnd;
    private ulong _truncatedAt = ulong.MaxValue;
    private bool _lent;
    private bool _discarded;

    /// <summary>How many bytes the reader has taken.</summary>
    public ulong Consumed { get; private set; }

    /// <summary>One past the last byte that was received without a gap before it.</summary>
    public ulong ContiguousEnd { get; private set; }

    /// <summary>One past the highest byte that is stored.</summary>
    public ulong End => _ahead is null ? ContiguousEnd : Math.Max(ContiguousEnd, _ahead.End);

    /// <summary>How many bytes can be read now.</summary>
    public long Readable => (long)(ContiguousEnd - Consumed);

    /// <summary>How many separate ranges lie beyond the first gap.</summary>
    public int Count => _ahead?.Count ?? 0;

    /// <summary>Stores what is new of the bytes at <paramref name="offset"/>. The caller has checked the offset against its window.</summary>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        var end = offset + (ulong)data.Length;
        if (_discarded || end <= ContiguousEnd)
            return;
        if (offset < ContiguousEnd)
        {
            data = data[(int)(ContiguousEnd - offset)..];
            offset = ContiguousEnd;
        }

        if (_ahead is null || _ahead.IsEmpty || offset >= _ahead.End)
            Copy(offset, data);
        else
            CopyMissing(offset, data, _ahead);

        if (offset > ContiguousEnd)
        {
            (_ahead ??= new RangeSet()).Add(offset, end);
            return;
        }

        ContiguousEnd = end;
        if (_ahead is { IsEmpty: false })
            Join(_ahead);
    }

    /// <summary>The bytes that can be read, in place.</summary>
    public ReadOnlySequence<byte> Peek()
    {
        if (ContiguousEnd == Consumed)
            return ReadOnlySequence<byte>.Empty;

        var last = _readEnd ?? _first!;
        while (last.End < ContiguousEnd)
            last = last.Following!;
        _readEnd = last;
        _lent = true;
        return new ReadOnlySequence<byte>(_first!, (int)(Consumed - _first!.Start), last, (int)(ContiguousEnd - last.Start));
    }

    /// <summary>Takes <paramref name="count"/> bytes; what <see cref="Peek"/> returned is no longer valid.</summary>
    public void Advance(long count)
    {
        _lent = false;
        if (_discarded)
            return;
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Readable);
        Consumed += (ulong)count;

        if (_truncatedAt != ulong.MaxValue)
            ReleaseTail();
        ReleaseConsumed();
    }

    /// <summary>Copies as much as there is and fits, and takes it.</summary>
    public int Read(Span<byte> destination)
    {
        var count = (int)Math.Min(destination.Length, Readable);
        if (count == 0)
            return 0;

        var block = _first!;
        var from = (int)(Consumed - block.Start);
        var copied = 0;
        while (true)
        {
            var piece = Math.Min(count - copied, Block.Size - from);
            block.Bytes.AsSpan(from, piece).CopyTo(destination[copied..]);
            copied += piece;
            if (copied == count)
                break;
            block = block.Following!;
            from = 0;
        }

        Advance(count);
        return count;
    }

    /// <summary>Drops what lies at or beyond <paramref name="end"/>, except what was taken already. The caller writes nothing there again.</summary>
    public void Truncate(ulong end)
    {
        end = Math.Max(end, Consumed);
        if (_discarded || end >= End)
            return;
        ContiguousEnd = Math.Min(ContiguousEnd, end);
        _ahead?.Remove(end, ulong.MaxValue);
        _truncatedAt = end;
        if (!_lent)
            ReleaseTail();
    }

    /// <summary>Drops everything; nothing is stored from now on.</summary>
    public void Discard()
    {
        if (_discarded)
            return;
        _discarded = true;
        Consumed = ContiguousEnd;
        _ahead = null;
        ReleaseFrom(_first);
        _first = _last = _recent = _readEnd = null;
    }

    private void Join(RangeSet ahead)
    {
        var joined = 0;
        foreach (var range in ahead.Ranges)
        {
            if (range.Start > ContiguousEnd)
                break;
            ContiguousEnd = Math.Max(ContiguousEnd, range.End);
            joined++;
        }

        if (joined > 0)
            ahead.RemoveFirst(joined);
    }

    // The first received bytes win: only the holes between the known ranges are filled.
    private void CopyMissing(ulong offset, ReadOnlySpan<byte> data, RangeSet known)
    {
        var end = offset + (ulong)data.Length;
        var position = offset;
        for (var i = known.IndexOfFirstEndingAfter(offset); i < known.Count && known[i].Start < end; i++)
        {
            var range = known[i];
            if (range.Start > position)
                Copy(position, data[(int)(position - offset)..(int)(range.Start - offset)]);
            position = Math.Min(range.End, end);
        }

        if (position < end)
            Copy(position, data[(int)(position - offset)..]);
    }

    private void Copy(ulong offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var block = BlockAt(Block.StartOf(offset));
            var at = (int)(offset - block.Start);
            var piece = Math.Min(data.Length, Block.Size - at);
            data[..piece].CopyTo(block.Bytes.AsSpan(at));
            data = data[piece..];
            offset += (ulong)piece;
        }
    }

    private Block BlockAt(ulong start)
    {
        if (_last is null || start > _last.Start)
            return Insert(_last, start);
        if (start == _last.Start)
            return _last;
        if (start < _first!.Start)
            return Insert(null, start);

        var block = _recent is not null && _recent.Start <= start ? _recent : _first;
        while (block.Following is { } next && next.Start <= start)
            block = next;
        return _recent = block.Start == start ? block : Insert(block, start);
    }

    private Block Insert(Block? previous, ulong start)
    {
        var block = pool.Rent(start);
        if (previous is null)
        {
            block.Following = _first;
            _first = block;
        }
        else
        {
            block.Following = previous.Following;
            previous.Following = block;
        }

        if (previous == _last)
            _last = block;
        return block;
    }

    // An idle stream holds no block: its next byte rents one again.
    private void ReleaseConsumed()
    {
        var everything = Consumed == ContiguousEnd && Count == 0;
        while (_first is { } block && (everything || block.End <= Consumed))
        {
            _first = block.Following;
            if (block == _recent)
                _recent = null;
            if (block == _readEnd)
                _readEnd = null;
            pool.Return(block);
        }

        if (_first is null)
            _last = null;
    }

    private void ReleaseTail()
    {
        Block? kept = null;
        var block = _first;
        while (block is not null && block.Start < _truncatedAt)
            (kept, block) = (block, block.Following);
        if (kept is null)
            _first = null;
        else
            kept.Following = null;
        _last = kept;
        _recent = _readEnd = null;
        _truncatedAt = ulong.MaxValue;
        ReleaseFrom(block);
    }

    private void ReleaseFrom(Block? block)
    {
        while (block is not null)
        {
            var next = block.Following;
            if (_lent)
                pool.Abandon();
            else
                pool.Return(block);
            block = next;
        }
    }
}
