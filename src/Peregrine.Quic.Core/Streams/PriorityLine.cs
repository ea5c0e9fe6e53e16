namespace Peregrine.Quic.Core;

/// <summary>
/// Streams in line by priority: strictly the higher first, those of equal priority in turn. A stream's priority must not change while it
/// stands
/// here. It owns one queue for each priority that occurs, and keeps a few empty ones for the next that does, so that a steady state
/// allocates nothing.
/// </summary>
internal sealed class PriorityLine(StreamQueueKind kind)
{
    private const int MaxSpares = 16;

    // Highest first. Few priorities occur at once, and the default one alone is the common case.
    private readonly List<Level> _levels = [];
    private readonly Stack<Level> _spares = [];

    public bool IsEmpty => _levels.Count == 0;

    public CoreStream? First => _levels.Count == 0 ? null : _levels[0].Queue.First;

    /// <summary>Puts the stream in line, behind its equals, or takes it out.</summary>
    public void Set(CoreStream stream, bool isQueued)
    {
        if (stream.Links[(int)kind].IsQueued == isQueued)
            return;
        var priority = stream.Send!.Priority;
        var index = IndexOf(priority);
        if (!isQueued)
        {
            _levels[index].Queue.Remove(stream);
            if (_levels[index].Queue.IsEmpty)
                RemoveLevel(index);
            return;
        }

        if (index == _levels.Count || _levels[index].Priority != priority)
            InsertLevel(index, priority);
        _levels[index].Queue.Add(stream);
    }

    /// <summary>The first stream has had its turn: its equals come first now.</summary>
    public void MoveFirstToEnd() => _levels[0].Queue.MoveToEnd(_levels[0].Queue.First!);

    // The first level that is not above the priority.
    private int IndexOf(long priority)
    {
        int low = 0, high = _levels.Count;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (_levels[middle].Priority <= priority)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private void InsertLevel(int index, long priority)
    {
        if (!_spares.TryPop(out var level))
            level = new Level(new StreamQueue(kind));
        level.Priority = priority;
        _levels.Insert(index, level);
    }

    private void RemoveLevel(int index)
    {
        if (_spares.Count < MaxSpares)
            _spares.Push(_levels[index]);
        _levels.RemoveAt(index);
    }

    private sealed class Level(StreamQueue queue)
    {
        public StreamQueue Queue { get; } = queue;

        public long Priority { get; set; }
    }
}
