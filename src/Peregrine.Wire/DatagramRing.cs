using System.Buffers;
using System.Diagnostics;
using System.Numerics;

namespace Peregrine.Wire;

/// <summary>
/// Datagrams in order, their bytes side by side in one ring that grows to what was ever needed, and no further than its limits. It owns a
/// pooled array, from the first datagram to <see cref="Clear"/>.
/// </summary>
internal sealed class DatagramRing(int maxCount, int maxBytes)
{
    private const int InitialBytes = 4 * 1024;
    private const int InitialCount = 8;

    private byte[] _bytes = [];
    private int[] _lengths = [];
    private int _capacity;
    private int _head;
    private int _firstLength;

    public int Count { get; private set; }

    /// <summary>The sum of the lengths.</summary>
    public int Bytes { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>The length of the oldest.</summary>
    public int FirstLength
    {
        get
        {
            Debug.Assert(Count > 0);
            return _lengths[_firstLength];
        }
    }

    /// <summary>Whether one more of this length may come.</summary>
    public bool HasRoomFor(int length) => Count < maxCount && length <= maxBytes - Bytes;

    /// <summary>Adds one, in two parts. The caller asked <see cref="HasRoomFor"/>.</summary>
    public void Add(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data)
    {
        var length = prefix.Length + data.Length;
        Debug.Assert(HasRoomFor(length));
        if (Bytes + length > _capacity)
            GrowBytes(Bytes + length);
        if (Count == _lengths.Length)
            GrowLengths();

        _lengths[(_firstLength + Count) & (_lengths.Length - 1)] = length;
        Count++;
        Append(prefix);
        Append(data);
    }

    /// <summary>
    /// Adds one and drops the oldest ones to make room; returns how many were dropped, itself among them if it can never fit.
    /// </summary>
    public int AddDroppingOldest(ReadOnlySpan<byte> data)
    {
        if (data.Length > maxBytes)
            return 1;
        var dropped = 0;
        while (!HasRoomFor(data.Length))
        {
            RemoveFirst();
            dropped++;
        }

        Add(default, data);
        return dropped;
    }

    /// <summary>Copies the oldest, which stays.</summary>
    public void CopyFirstTo(Span<byte> destination)
    {
        var length = FirstLength;
        var whole = Math.Min(length, _capacity - _head);
        _bytes.AsSpan(_head, whole).CopyTo(destination);
        _bytes.AsSpan(0, length - whole).CopyTo(destination[whole..]);
    }

    public void RemoveFirst()
    {
        var length = FirstLength;
        _firstLength = (_firstLength + 1) & (_lengths.Length - 1);
        Count--;
        Bytes -= length;
        _head = Bytes == 0 ? 0 : (_head + length) & (_capacity - 1);
    }

    /// <summary>Drops everything and gives the array back.</summary>
    public void Clear()
    {
        Count = 0;
        Bytes = 0;
        _head = 0;
        Replace([], 0);
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        var tail = (_head + Bytes) & (_capacity - 1);
        var whole = Math.Min(data.Length, _capacity - tail);
        data[..whole].CopyTo(_bytes.AsSpan(tail));
        data[whole..].CopyTo(_bytes);
        Bytes += data.Length;
    }

    private void GrowBytes(int needed)
    {
        var capacity = Math.Max(InitialBytes, (int)BitOperations.RoundUpToPowerOf2((uint)needed));
        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        var whole = Math.Min(Bytes, _capacity - _head);
        _bytes.AsSpan(_head, whole).CopyTo(larger);
        _bytes.AsSpan(0, Bytes - whole).CopyTo(larger.AsSpan(whole));
        _head = 0;
        Replace(larger, capacity);
    }

    private void GrowLengths()
    {
        var larger = new int[Math.Max(InitialCount, _lengths.Length * 2)];
        for (var i = 0; i < Count; i++)
            larger[i] = _lengths[(_firstLength + i) & (_lengths.Length - 1)];
        _lengths = larger;
        _firstLength = 0;
    }

    private void Replace(byte[] bytes, int capacity)
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = bytes;
        _capacity = capacity;
    }
}
