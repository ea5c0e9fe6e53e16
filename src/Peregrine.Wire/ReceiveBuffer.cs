using System.Buffers;
using System.Runtime.InteropServices;

namespace Peregrine.Wire;

/// <summary>
/// Puts the pieces of a byte stream in order. Bytes are copied once, into blocks at aligned offsets, so that a single byte far ahead costs
/// one
/// block and memory never follows the offset: the owner bounds it by admitting only offsets inside a window, and watches
/// <see cref="Count"/>.
/// Of bytes received twice the first win. It owns its blocks: those with bytes that can be read are linked, those beyond the first gap
/// are found by their offset, so that a piece costs the same in whatever order the pieces come.
/// <para>What <see cref="Peek"/> returned stays valid until the next <see cref="Advance"/> or <see cref="Read"/>, even if the buffer is
/// discarded meanwhile: blocks that are lent are left to the garbage collector instead of the pool.</para>
/// </summary>
internal sealed class ReceiveBuffer(BlockPool pool)
{
    private RangeSet? _ahead;

    // Every block that starts below ContiguousEnd, as far as it is not released.
    private Block? _first;
    private Block? _last;

    // The others, by where they start.
    private Dictionary<ulong, Block>? _blocksAhead;
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

    /// <summary>
    /// Stores what is new of the bytes at <paramref name="offset"/>. The caller has checked the offset against its window.
    /// </summary>
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

        var isInOrder = offset == ContiguousEnd;
        if (_ahead is null || _ahead.IsEmpty || offset >= _ahead.End)
            Copy(offset, data, isInOrder);
        else
            CopyMissing(offset, data, _ahead, isInOrder);

        if (!isInOrder)
        {
            (_ahead ??= new RangeSet()).Add(offset, end);
            return;
        }

        ContiguousEnd = end;
        if (_ahead is not { IsEmpty: false })
            return;
        Join(_ahead);
        while (NextStart < ContiguousEnd)
            LinkNext();
    }

    /// <summary>The bytes that can be read, in place.</summary>
    public ReadOnlySequence<byte> Peek()
    {
        if (ContiguousEnd == Consumed)
            return ReadOnlySequence<byte>.Empty;

        // What a reset took back stays in the chain while it is lent.
        var last = _last!;
        if (last.Start >= ContiguousEnd)
            last = LastBelow(ContiguousEnd);
        _lent = true;
        return new ReadOnlySequence<byte>(_first!, (int)(Consumed - _first!.Start), last, (int)(ContiguousEnd - last.Start));
    }

    /// <summary>
    /// Takes <paramref name="count"/> bytes; what <see cref="Peek"/> returned is no longer valid. Of bytes that <see cref="Truncate"/>
    /// took back meanwhile, and after <see cref="Discard"/>, it takes none.
    /// </summary>
    public void Advance(long count)
    {
        _lent = false;
        if (_discarded)
            return;
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (_truncatedAt != ulong.MaxValue)
            count = Math.Min(count, Readable);
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

    /// <summary>
    /// Drops what lies at or beyond <paramref name="end"/>, except what was taken already. The caller writes nothing there again.
    /// </summary>
    public void Truncate(ulong end)
    {
        end = Math.Max(end, Consumed);
        if (_discarded || end >= End)
            return;
        ContiguousEnd = Math.Min(ContiguousEnd, end);
        _ahead?.Remove(end, ulong.MaxValue);
        ReleaseAheadFrom(end);
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
        ReleaseAheadFrom(0);
        ReleaseFrom(_first);
        _first = _last = null;
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
    private void CopyMissing(ulong offset, ReadOnlySpan<byte> data, RangeSet known, bool isInOrder)
    {
        var end = offset + (ulong)data.Length;
        var position = offset;
        for (var i = known.IndexOfFirstEndingAfter(offset); i < known.Count && known[i].Start < end; i++)
        {
            var range = known[i];
            if (range.Start > position)
                Copy(position, data[(int)(position - offset)..(int)(range.Start - offset)], isInOrder);
            position = Math.Min(range.End, end);
        }

        if (position < end)
            Copy(position, data[(int)(position - offset)..], isInOrder);
    }

    private void Copy(ulong offset, ReadOnlySpan<byte> data, bool isInOrder)
    {
        while (!data.IsEmpty)
        {
            var start = Block.StartOf(offset);
            var block = isInOrder ? LinkUpTo(start) : BlockAhead(start);
            var at = (int)(offset - start);
            var piece = Math.Min(data.Length, Block.Size - at);
            data[..piece].CopyTo(block.Bytes.AsSpan(at));
            data = data[piece..];
            offset += (ulong)piece;
        }
    }

    // Where the block starts that follows the chain.
    private ulong NextStart => _last?.End ?? Block.StartOf(ContiguousEnd);

    private Block LinkUpTo(ulong start)
    {
        while (NextStart <= start)
            LinkNext();
        return _last!;
    }

    private void LinkNext()
    {
        var start = NextStart;
        if (_blocksAhead is null || !_blocksAhead.Remove(start, out var block))
            block = pool.Rent(start);
        if (_last is null)
            _first = block;
        else
            _last.Following = block;
        _last = block;
    }

    private Block BlockAhead(ulong start)
    {
        if (_last is not null && _last.Start == start)
            return _last;
        _blocksAhead ??= [];
        ref var block = ref CollectionsMarshal.GetValueRefOrAddDefault(_blocksAhead, start, out _);
        return block ??= pool.Rent(start);
    }

    // An idle stream holds no block: its next byte rents one again.
    private void ReleaseConsumed()
    {
        var everything = Consumed == ContiguousEnd && Count == 0;
        while (_first is { } block && (everything || block.End <= Consumed))
        {
            _first = block.Following;
            pool.Return(block);
        }

        if (_first is null)
            _last = null;
    }

    private void ReleaseTail()
    {
        var end = _truncatedAt;
        _truncatedAt = ulong.MaxValue;
        if (_last is null || _last.Start < end)
            return;
        var dropped = _first;
        if (_first!.Start >= end)
        {
            _first = _last = null;
        }
        else
        {
            _last = LastBelow(end);
            dropped = _last.Following;
            _last.Following = null;
        }

        ReleaseFrom(dropped);
    }

    private Block LastBelow(ulong end)
    {
        var block = _first!;
        while (block.Following is { } next && next.Start < end)
            block = next;
        return block;
    }

    private void ReleaseAheadFrom(ulong end)
    {
        if (_blocksAhead is null)
            return;
        foreach (var (start, block) in _blocksAhead)
        {
            if (start < end)
                continue;
            _blocksAhead.Remove(start);
            pool.Return(block);
        }
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
