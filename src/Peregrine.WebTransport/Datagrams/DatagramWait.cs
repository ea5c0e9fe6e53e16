using System.Threading.Tasks.Sources;

namespace Peregrine.WebTransport;

/// <summary>
/// One waiting receive of a <see cref="DatagramReceiver"/>, used again after its result was taken. Whoever removes it from the receiver's
/// line completes it, so that it is completed once.
/// </summary>
internal sealed class DatagramWait(DatagramReceiver owner) : IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;

    public Memory<byte> Buffer { get; private set; }

    public ValueTask<int> Begin(Memory<byte> buffer)
    {
        Buffer = buffer;
        return new ValueTask<int>(this, _core.Version);
    }

    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((DatagramWait)state!).OnCancelled(token), this);
    }

    public void SetResult(int length) => _core.SetResult(length);

    public void SetException(Exception error) => _core.SetException(error);

    public int GetResult(short token)
    {
        // A second await of the same receive must not disturb the object's next use.
        if (GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The datagram has not been received yet; await the receive, once.");

        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Waits for a callback that is under way, so that none can hit the next use of this object.
            _registration.Dispose();
            _registration = default;
            Buffer = default;
            _core.Reset();
            owner.Recycle(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void OnCancelled(CancellationToken token) => owner.Cancel(this, token);
}
