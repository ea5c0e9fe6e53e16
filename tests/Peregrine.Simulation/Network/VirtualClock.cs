using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>Virtual time: what is scheduled runs in order of time, and of scheduling where times are equal.</summary>
internal sealed class VirtualClock
{
    private readonly PriorityQueue<Action, (long Time, long Order)> _queue = new();
    private long _order;

    public Instant Now { get; private set; } = new(1_000_000_000);

    public void At(Instant time, Action action) => _queue.Enqueue(action, (Math.Max(time.Nanoseconds, Now.Nanoseconds), _order++));

    public void After(Duration delay, Action action) => At(Now + delay, action);

    /// <summary>Runs the next thing; false when nothing is left before <paramref name="end"/>.</summary>
    public bool Step(Instant end)
    {
        if (!_queue.TryPeek(out _, out var key) || key.Time > end.Nanoseconds)
            return false;
        var action = _queue.Dequeue();
        Now = new Instant(key.Time);
        action();
        return true;
    }

    public bool IsIdle => _queue.Count == 0;
}
