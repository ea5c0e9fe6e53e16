using System.Diagnostics;

namespace Peregrine;

/// <summary>
/// Where callers wait, under the lock of what they wait for, for something to happen: they look again each time it does, so that nothing is
/// lost with a wait that is cancelled. It owns its waiters and allocates none once it has as many as wait at the same time.
/// </summary>
/// <param name="gate">The lock under which everything is called, except <see cref="Cancel"/>, which takes it, and <see cref="Recycle"/>,
/// which need not.</param>
internal sealed class WaitQueue(Lock gate)
{
    // Of its own, since whoever has just been woken would otherwise wait for the lock that the loop holds for a whole batch.
    private readonly Lock _freeGate = new();
    private Waiter? _waiting;
    private Waiter? _free;

    /// <summary>A task that is done at the next <see cref="Pulse"/>, or cancelled. Await it once, outside the lock.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        var waiter = TakeFree() ?? new Waiter(this);
        waiter.Next = _waiting;
        waiter.IsQueued = true;
        _waiting = waiter;
        var task = waiter.Task;
        waiter.Watch(cancellationToken);
        return task;
    }

    /// <summary>Lets everyone who waits look again.</summary>
    public void Pulse()
    {
        Debug.Assert(gate.IsHeldByCurrentThread);
        while (_waiting is { } waiter)
        {
            _waiting = waiter.Next;
            waiter.Next = null;
            waiter.IsQueued = false;
            waiter.Complete();
        }
    }

    internal void Cancel(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!waiter.IsQueued)
                return;
            Remove(waiter);
            waiter.IsQueued = false;
            waiter.Complete(new OperationCanceledException(cancellationToken));
        }
    }

    internal void Recycle(Waiter waiter)
    {
        lock (_freeGate)
        {
            waiter.Next = _free;
            _free = waiter;
        }
    }

    private Waiter? TakeFree()
    {
        lock (_freeGate)
        {
            var waiter = _free;
            _free = waiter?.Next;
            return waiter;
        }
    }

    private void Remove(Waiter waiter)
    {
        if (_waiting == waiter)
        {
            _waiting = waiter.Next;
        }
        else
        {
            var before = _waiting!;
            while (before.Next != waiter)
                before = before.Next!;
            before.Next = waiter.Next;
        }

        waiter.Next = null;
    }
}
