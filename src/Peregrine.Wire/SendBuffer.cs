using System.Diagnostics;

namespace Peregrine.Wire;

/// <summary>
/// The bytes of an outgoing stream from the moment they are written until they are acknowledged, and which of them were sent, lost or
/// acknowledged. It owns its blocks; the acknowledged prefix is released. How much may be buffered is the owner's concern.
/// </summary>
internal sealed class SendBuffer(BlockPool pool)
{
    // A ring by block number, so that any offset is found at once.
    private Block?[] _blocks = new Block?[2];
    private RangeSet? _acked;
    private RangeSet? _lost;

    /// <summary>Everything below is acknowledged and gone.</summary>
    public ulong Start { get; private set; }

    /// <summary>Everything below was sent at least once.</summary>
    public ulong SentEnd { get; private set; }

    /// <summary>One past the last byte written.</summary>
    public ulong End { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Buffered => (long)(End - Start);

    /// <summary>Bytes that were never sent.</summary>
    public long Unsent => (long)(End - SentEnd);

    public bool HasLost => _lost is { IsEmpty: false };

    public bool HasPending => HasLost || SentEnd < End;

    /// <summary>Everything written so far is acknowledged.</summary>
    public bool IsAllAcked => Start == End;

    public void Write(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var start = Block.StartOf(End);
            EnsureRoomFor(start);
            ref var slot = ref SlotOf(start);
            slot ??= pool.Rent(start);
            var at = (int)(End - start);
            var piece = Math.Min(data.Length, Block.Size - at);
            data[..piece].CopyTo(slot.Bytes.AsSpan(at));
            data = data[piece..];
            End += (ulong)piece;
        }
    }

    /// <summary>Copies bytes that are held.</summary>
    public void CopyTo(ulong offset, Span<byte> destination)
    {
        Debug.Assert(offset >= Start && offset + (ulong)destination.Length <= End);
        while (!destination.IsEmpty)
        {
            var block = SlotOf(offset)!;
            var at = (int)(offset - block.Start);
            var piece = Math.Min(destination.Length, Block.Size - at);
            block.Bytes.AsSpan(at, piece).CopyTo(destination);
            destination = destination[piece..];
            offset += (ulong)piece;
        }
    }

    /// <summary>
    /// What to send next, at most <paramref name="maxLength"/> bytes: lost bytes first, then new ones. Follow with <see cref="OnSent"/>.
    /// </summary>
    public bool TryGetNext(int maxLength, out ulong offset, out int length) =>
        TryGetLost(maxLength, out offset, out length) || TryGetNew(maxLength, ulong.MaxValue, out offset, out length);

    public bool TryGetLost(int maxLength, out ulong offset, out int length)
    {
        offset = 0;
        length = 0;
        if (maxLength <= 0 || _lost is null || _lost.IsEmpty)
            return false;
        var range = _lost[0];
        offset = range.Start;
        length = (int)Math.Min((ulong)maxLength, range.Length);
        return true;
    }

    /// <summary>Bytes never sent, below <paramref name="limit"/>.</summary>
    public bool TryGetNew(int maxLength, ulong limit, out ulong offset, out int length)
    {
        offset = SentEnd;
        length = 0;
        var end = Math.Min(End, limit);
        if (maxLength <= 0 || SentEnd >= end)
            return false;
        length = (int)Math.Min((ulong)maxLength, end - SentEnd);
        return true;
    }

    public void OnSent(ulong offset, int length)
    {
        var end = offset + (ulong)length;
        Debug.Assert(offset <= SentEnd && end <= End);
        _lost?.Remove(offset, end);
        SentEnd = Math.Max(SentEnd, end);
    }

    /// <summary>Returns how many of the bytes were not acknowledged before.</summary>
    public ulong OnAcked(ulong offset, int length)
    {
        var end = Math.Min(offset + (ulong)length, SentEnd);
        offset = Math.Max(offset, Start);
        if (offset >= end)
            return 0;
        _lost?.Remove(offset, end);
        if (offset > Start)
            return (_acked ??= new RangeSet()).Add(offset, end);

        var newly = end - offset;
        if (_acked is { IsEmpty: false })
        {
            newly -= KnownBelow(end);
            end = Math.Max(end, PopPrefix(end));
        }

        ReleaseBelow(end);
        return newly;
    }

    public void OnLost(ulong offset, int length)
    {
        var end = Math.Min(offset + (ulong)length, SentEnd);
        offset = Math.Max(offset, Start);
        if (offset >= end)
            return;
        var lost = _lost ??= new RangeSet();
        if (_acked is null || _acked.IsEmpty)
        {
            lost.Add(offset, end);
            return;
        }

        // Another copy of some of it may have arrived.
        for (var i = _acked.IndexOfFirstEndingAfter(offset); i < _acked.Count && _acked[i].Start < end; i++)
        {
            if (_acked[i].Start > offset)
                lost.Add(offset, _acked[i].Start);
            offset = _acked[i].End;
        }

        if (offset < end)
            lost.Add(offset, end);
    }

    /// <summary>Forgets the bytes at and beyond <paramref name="end"/>: they will never be sent, or not again.</summary>
    public void Truncate(ulong end)
    {
        end = Math.Max(end, Start);
        if (end >= End)
            return;
        _lost?.Remove(end, ulong.MaxValue);
        _acked?.Remove(end, ulong.MaxValue);
        var first = end == Start ? Block.StartOf(end) : Block.StartOf(end + Block.Size - 1);
        for (var start = first; start < End; start += Block.Size)
            Release(start);
        End = end;
        SentEnd = Math.Min(SentEnd, end);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => Truncate(Start);

    private ulong KnownBelow(ulong end)
    {
        ulong known = 0;
        foreach (var range in _acked!.Ranges)
        {
            if (range.Start >= end)
                break;
            known += Math.Min(range.End, end) - range.Start;
        }

        return known;
    }

    private ulong PopPrefix(ulong end)
    {
        var touching = 0;
        foreach (var range in _acked!.Ranges)
        {
            if (range.Start > end)
                break;
            end = Math.Max(end, range.End);
            touching++;
        }

        _acked.RemoveFirst(touching);
        return end;
    }

    private void ReleaseBelow(ulong end)
    {
        var keep = end == End ? Block.StartOf(end + Block.Size - 1) : Block.StartOf(end);
        for (var start = Block.StartOf(Start); start < keep; start += Block.Size)
            Release(start);
        Start = end;
    }

    private void Release(ulong start)
    {
        ref var slot = ref SlotOf(start);
        if (slot is null)
            return;
        pool.Return(slot);
        slot = null;
    }

    private ref Block? SlotOf(ulong offset) => ref _blocks[(int)((offset >> Block.SizeBits) & (ulong)(_blocks.Length - 1))];

    private void EnsureRoomFor(ulong start)
    {
        var needed = ((start - Block.StartOf(Start)) >> Block.SizeBits) + 1;
        if (needed <= (ulong)_blocks.Length)
            return;
        var old = _blocks;
        _blocks = new Block?[old.Length * 2];
        foreach (var block in old)
        {
            if (block is not null)
                SlotOf(block.Start) = block;
        }
    }
}
