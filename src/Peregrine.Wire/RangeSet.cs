using System.Diagnostics;

namespace Peregrine.Wire;

/// <summary>A half-open range of numbers: <see cref="Start"/> is inside, <see cref="End"/> is not.</summary>
internal readonly record struct Range64(ulong Start, ulong End)
{
    public ulong Length => End - Start;

    public bool Contains(ulong value) => value >= Start && value < End;
}

/// <summary>
/// A set of numbers kept as sorted, disjoint, non-touching ranges, lowest first: packet numbers received, stream bytes received or
/// acknowledged.
/// It owns its array, which grows to the most ranges ever held at once; the owner bounds that by watching <see cref="Count"/>.
/// </summary>
internal sealed class RangeSet
{
    private Range64[] _ranges = new Range64[4];
    private int _count;

    /// <summary>How many ranges there are.</summary>
    public int Count => _count;

    public bool IsEmpty => _count == 0;

    public Range64 this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _count);
            return _ranges[index];
        }
    }

    /// <summary>One past the largest number; 0 when empty.</summary>
    public ulong End => _count == 0 ? 0 : _ranges[_count - 1].End;

    public ReadOnlySpan<Range64> Ranges => _ranges.AsSpan(0, _count);

    public bool Contains(ulong value)
    {
        var index = FirstEndingAfter(value);
        return index < _count && _ranges[index].Start <= value;
    }

    /// <summary>True when every number of [start, end) is in the set.</summary>
    public bool ContainsAll(ulong start, ulong end)
    {
        if (start >= end)
            return true;
        var index = FirstEndingAfter(start);
        return index < _count && _ranges[index].Start <= start && _ranges[index].End >= end;
    }

    /// <summary>Adds one number; false when it was there already.</summary>
    public bool Add(ulong value) => Add(value, value + 1) != 0;

    /// <summary>Adds [start, end) and returns how many of its numbers were new.</summary>
    public ulong Add(ulong start, ulong end)
    {
        Debug.Assert(start <= end);
        if (start == end)
            return 0;

        // The common case: the numbers come in order.
        if (_count > 0 && _ranges[_count - 1].End == start)
        {
            _ranges[_count - 1] = new Range64(_ranges[_count - 1].Start, end);
            return end - start;
        }

        // [first, last) are the ranges that touch or overlap the new one.
        var first = FirstEndingAtOrAfter(start);
        var last = first;
        ulong known = 0;
        var mergedStart = start;
        var mergedEnd = end;
        while (last < _count && _ranges[last].Start <= end)
        {
            var range = _ranges[last];
            var overlapStart = Math.Max(range.Start, start);
            var overlapEnd = Math.Min(range.End, end);
            if (overlapEnd > overlapStart)
                known += overlapEnd - overlapStart;
            mergedStart = Math.Min(mergedStart, range.Start);
            mergedEnd = Math.Max(mergedEnd, range.End);
            last++;
        }

        ReplaceRanges(first, last, new Range64(mergedStart, mergedEnd));
        return end - start - known;
    }

    /// <summary>Removes every number below <paramref name="end"/>.</summary>
    public void RemoveBelow(ulong end)
    {
        var keep = FirstEndingAfter(end);
        if (keep > 0)
            RemoveFirst(keep);
        if (_count > 0 && _ranges[0].Start < end)
            _ranges[0] = new Range64(end, _ranges[0].End);
    }

    /// <summary>Removes [start, end) from the set.</summary>
    public void Remove(ulong start, ulong end)
    {
        if (start >= end)
            return;
        var index = FirstEndingAfter(start);
        while (index < _count && _ranges[index].Start < end)
        {
            var range = _ranges[index];
            if (range.Start < start && range.End > end)
            {
                _ranges[index] = new Range64(range.Start, start);
                Insert(index + 1, new Range64(end, range.End));
                return;
            }

            if (range.Start < start)
                _ranges[index++] = new Range64(range.Start, start);
            else if (range.End > end)
                _ranges[index++] = new Range64(end, range.End);
            else
                RemoveAt(index);
        }
    }

    /// <summary>Forgets the lowest <paramref name="count"/> ranges.</summary>
    public void RemoveFirst(int count)
    {
        _ranges.AsSpan(count, _count - count).CopyTo(_ranges);
        _count -= count;
    }

    public void Clear() => _count = 0;

    /// <summary>
    /// The index of the lowest range with a number at or above <paramref name="value"/>; <see cref="Count"/> when there is none.
    /// </summary>
    public int IndexOfFirstEndingAfter(ulong value) => FirstEndingAfter(value);

    private int FirstEndingAfter(ulong value)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (_ranges[middle].End > value)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private int FirstEndingAtOrAfter(ulong value) => value == 0 ? 0 : FirstEndingAfter(value - 1);

    private void ReplaceRanges(int first, int last, Range64 range)
    {
        if (first == last)
        {
            Insert(first, range);
            return;
        }

        _ranges[first] = range;
        if (last - first > 1)
        {
            _ranges.AsSpan(last, _count - last).CopyTo(_ranges.AsSpan(first + 1));
            _count -= last - first - 1;
        }
    }

    private void Insert(int index, Range64 range)
    {
        if (_count == _ranges.Length)
            Array.Resize(ref _ranges, _count * 2);
        _ranges.AsSpan(index, _count - index).CopyTo(_ranges.AsSpan(index + 1));
        _ranges[index] = range;
        _count++;
    }

    private void RemoveAt(int index)
    {
        _ranges.AsSpan(index + 1, _count - index - 1).CopyTo(_ranges.AsSpan(index));
        _count--;
    }
}
