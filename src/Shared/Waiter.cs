using System.Threading.Tasks.Sources;

namespace Peregrine;

/// <summary>
/// One wait in a <see cref="WaitQueue"/>, reused for the next when it was awaited. Its continuation never runs under a lock.
/// </summary>
internal sealed class Waiter(WaitQueue queue) : IValueTaskSource
{
    private static readonly Action<object?, CancellationToken> OnCancelled = static (state, token) =>
    {
        var waiter = (Waiter)state!;
        waiter._queue.Cancel(waiter, token);
    };

    private readonly WaitQueue _queue = queue;
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;

    public Waiter? Next { get; set; }

    public bool IsQueued { get; set; }

    public ValueTask Task => new(this, _core.Version);

    /// <summary>False once a cancellation may still be on its way to this object, which then must not serve another wait.</summary>
    private bool IsReusable { get; set; } = true;

    public void Watch(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(OnCancelled, this);
    }

    public void Complete()
    {
        StopWatching();
        _core.SetResult(true);
    }

    public void Complete(Exception exception)
    {
        StopWatching();
        _core.SetException(exception);
    }

    public void GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            if (IsReusable)
            {
                _core.Reset();
                _queue.Recycle(this);
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    // Unregister, not Dispose: that would wait for a callback that waits for the lock we hold.
    private void StopWatching()
    {
        if (_registration.Token.CanBeCanceled && !_registration.Unregister())
            IsReusable = false;
        _registration = default;
    }
}
