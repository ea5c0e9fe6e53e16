using System.Buffers;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Copies of datagrams that wait for their turn, first in, first out. Past its limit a datagram is dropped, as the network might have done,
/// and counted. It owns the copies. The loop's thread alone uses it; the count of drops may be read by anyone.
/// </summary>
internal sealed class DatagramQueue(int limit)
{
    private readonly Queue<Entry> _entries = new();
    private long _dropped;

    public int Count => _entries.Count;

    /// <summary>Datagrams that found no room.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public bool TryAdd(ConnectionDriver? connection, ReadOnlySpan<byte> datagram, in NetworkPath path, EcnCodepoint ecn)
    {
        if (_entries.Count >= limit)
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return false;
        }

        var copy = ArrayPool<byte>.Shared.Rent(datagram.Length);
        datagram.CopyTo(copy);
        _entries.Enqueue(new Entry(connection, copy, datagram.Length, path, ecn));
        return true;
    }

    public bool TryTake(out Entry entry) => _entries.TryDequeue(out entry);

    /// <summary>Behind all the others again; it has its room still.</summary>
    public void PutBack(in Entry entry) => _entries.Enqueue(entry);

    /// <summary>Whoever took an entry is done with it.</summary>
    public static void Return(in Entry entry) => ArrayPool<byte>.Shared.Return(entry.Buffer);

    internal readonly record struct Entry(ConnectionDriver? Connection, byte[] Buffer, int Length, NetworkPath Path, EcnCodepoint Ecn)
    {
        public Span<byte> Datagram => Buffer.AsSpan(0, Length);
    }
}
