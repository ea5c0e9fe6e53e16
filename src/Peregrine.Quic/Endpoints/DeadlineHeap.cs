using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// The connections of one loop by the instant each is due, earliest first: a binary heap in which each connection knows its place. Only the
/// loop's thread touches it.
/// </summary>
internal sealed class DeadlineHeap
{
    private readonly List<ConnectionDriver> _heap = [];

    public int Count => _heap.Count;

    public Instant Earliest => _heap.Count == 0 ? Instant.Never : _heap[0].DueAt;

    public ConnectionDriver First => _heap[0];

    /// <summary>In no order.</summary>
    public IReadOnlyList<ConnectionDriver> All => _heap;

    /// <summary>Moves the connection to where it belongs; <see cref="Instant.Never"/> takes it out.</summary>
    public void Set(ConnectionDriver connection, Instant due)
    {
        var index = connection.HeapIndex;
        if (due.IsNever)
        {
            if (index >= 0)
                Remove(index);
            return;
        }

        connection.DueAt = due;
        if (index < 0)
        {
            index = _heap.Count;
            _heap.Add(connection);
            connection.HeapIndex = index;
        }

        Settle(index);
    }

    private void Remove(int index)
    {
        var connection = _heap[index];
        connection.HeapIndex = -1;
        connection.DueAt = Instant.Never;
        var last = _heap.Count - 1;
        var moved = _heap[last];
        _heap.RemoveAt(last);
        if (index == last)
            return;
        _heap[index] = moved;
        moved.HeapIndex = index;
        Settle(index);
    }

    private void Settle(int index)
    {
        var connection = _heap[index];
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (_heap[parent].DueAt <= connection.DueAt)
                break;
            Place(_heap[parent], index);
            index = parent;
        }

        while (true)
        {
            var child = (2 * index) + 1;
            if (child >= _heap.Count)
                break;
            if (child + 1 < _heap.Count && _heap[child + 1].DueAt < _heap[child].DueAt)
                child++;
            if (_heap[child].DueAt >= connection.DueAt)
                break;
            Place(_heap[child], index);
            index = child;
        }

        Place(connection, index);
    }

    private void Place(ConnectionDriver connection, int index)
    {
        _heap[index] = connection;
        connection.HeapIndex = index;
    }
}
