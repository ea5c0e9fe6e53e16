using System.Diagnostics;

namespace Peregrine.WebTransport;

/// <summary>
/// Received datagrams that wait for the application, in one ring of bytes that grows as needed to its limit and is used again and again:
/// no allocation per datagram. When a datagram does not fit, the oldest ones make room and are counted. Pure state: the caller locks.
/// </summary>
internal sealed class DatagramQueue
{
    private const int InitialBytes = 2048;
    private const int InitialCount = 16;

    private readonly int _maxCount;
    private readonly int _maxBytes;
    private byte[] _bytes = [];
    private int[] _lengths = [];
    private int _firstByte;
    private int _usedBytes;
    private int _firstLength;

    public DatagramQueue(int maxCount, int maxBytes)
    {
        Debug.Assert(maxCount > 0 && maxBytes > 0);
        _maxCount = maxCount;
        _maxBytes = maxBytes;
    }

    public int Count { get; private set; }

    /// <summary>Datagrams thrown away because the application did not receive them in time.</summary>
    public long Dropped { get; private set; }

    /// <summary>Length of the datagram <see cref="Dequeue"/> would give. Only while not empty.</summary>
    public int NextLength => _lengths[_firstLength];

    public void Enqueue(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length > _maxBytes)
        {
            Dropped++;
            return;
        }

        while (Count == _maxCount || _usedBytes + datagram.Length > _maxBytes)
        {
            RemoveFirst();
            Dropped++;
        }

        GrowLengths();
        GrowBytes(datagram.Length);

        var end = Wrap(_firstByte + _usedBytes, _bytes.Length);
        var untilWrap = Math.Min(datagram.Length, _bytes.Length - end);
        datagram[..untilWrap].CopyTo(_bytes.AsSpan(end));
        datagram[untilWrap..].CopyTo(_bytes);
        _lengths[Wrap(_firstLength + Count, _lengths.Length)] = datagram.Length;
        _usedBytes += datagram.Length;
        Count++;
    }

    /// <summary>Copies out the oldest datagram, which must fit, and returns its length.</summary>
    public int Dequeue(Span<byte> destination)
    {
        var length = NextLength;
        var untilWrap = Math.Min(length, _bytes.Length - _firstByte);
        _bytes.AsSpan(_firstByte, untilWrap).CopyTo(destination);
        _bytes.AsSpan(0, length - untilWrap).CopyTo(destination[untilWrap..]);
        RemoveFirst();
        return length;
    }

    /// <summary>Forgets what waits and gives its memory back.</summary>
    public void Clear()
    {
        _bytes = [];
        _lengths = [];
        _firstByte = _usedBytes = _firstLength = Count = 0;
    }

    private static int Wrap(int index, int size) => index >= size ? index - size : index;

    private void RemoveFirst()
    {
        var length = NextLength;
        _firstByte = _bytes.Length == 0 ? 0 : Wrap(_firstByte + length, _bytes.Length);
        _usedBytes -= length;
        _firstLength = Wrap(_firstLength + 1, _lengths.Length);
        Count--;
    }

    private void GrowLengths()
    {
        if (Count < _lengths.Length)
            return;
        var larger = new int[Math.Min(_maxCount, Math.Max(InitialCount, _lengths.Length * 2))];
        for (var i = 0; i < Count; i++)
            larger[i] = _lengths[Wrap(_firstLength + i, _lengths.Length)];
        _lengths = larger;
        _firstLength = 0;
    }

    private void GrowBytes(int more)
    {
        var needed = _usedBytes + more;
        if (needed <= _bytes.Length)
            return;
        var size = Math.Max(InitialBytes, _bytes.Length);
        while (size < needed)
            size *= 2;
        var larger = GC.AllocateUninitializedArray<byte>(Math.Min(size, _maxBytes));
        var untilWrap = Math.Min(_usedBytes, _bytes.Length - _firstByte);
        _bytes.AsSpan(_firstByte, untilWrap).CopyTo(larger);
        _bytes.AsSpan(0, _usedBytes - untilWrap).CopyTo(larger.AsSpan(untilWrap));
        _bytes = larger;
        _firstByte = 0;
    }
}
