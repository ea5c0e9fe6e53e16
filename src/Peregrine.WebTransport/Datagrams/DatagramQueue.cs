using Peregrine.Wire;

namespace Peregrine.WebTransport;

/// <summary>
/// Received datagrams that wait for the application. When one does not fit, the oldest make room and are counted. Pure state: the caller
/// locks. It owns its ring.
/// </summary>
internal sealed class DatagramQueue(int maxCount, int maxBytes)
{
    private readonly DatagramRing _ring = new(maxCount, maxBytes);

    public int Count => _ring.Count;

    /// <summary>Datagrams thrown away because the application did not receive them in time.</summary>
    public long Dropped { get; private set; }

    /// <summary>Length of the datagram <see cref="Dequeue"/> would give. Only while not empty.</summary>
    public int NextLength => _ring.FirstLength;

    public void Enqueue(ReadOnlySpan<byte> datagram) => Dropped += _ring.AddDroppingOldest(datagram);

    /// <summary>Copies out the oldest datagram, which must fit, and returns its length.</summary>
    public int Dequeue(Span<byte> destination)
    {
        var length = NextLength;
        _ring.CopyFirstTo(destination);
        _ring.RemoveFirst();
        return length;
    }

    /// <summary>Forgets what waits and gives its memory back.</summary>
    public void Clear() => _ring.Clear();
}
