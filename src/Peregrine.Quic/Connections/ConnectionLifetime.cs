using System.Diagnostics.CodeAnalysis;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// How far a connection has come, as tasks: connected, handshake complete, closed. It owns the reason why the connection ended. Called
/// under the connection's lock; the tasks' continuations run elsewhere.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "A source without a timer holds nothing to dispose, and callbacks may look at its token late.")]
internal sealed class ConnectionLifetime
{
    private readonly TaskCompletionSource _handshake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<QuicException> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private QuicFault? _fault;
    private Exception? _cause;
    private Exception? _thrown;

    public Task HandshakeCompleted => _handshake.Task;

    public Task<QuicException> Closed => _closed.Task;

    /// <summary>Cancelled when the connection ends: for callbacks that run on its behalf.</summary>
    public CancellationToken Closing => _closing.Token;

    public bool IsClosed => _fault is not null;

    public bool IsHandshakeComplete => _handshake.Task.IsCompletedSuccessfully;

    public void OnHandshakeComplete() => _handshake.TrySetResult();

    /// <summary>Remembers what a callback of the application threw, since that will have caused the end.</summary>
    public void Blame(Exception thrown) => _thrown ??= thrown;

    /// <summary>Remembers what else will have caused the end, so that it can be told as the inner exception.</summary>
    public void Explain(Exception cause) => _cause ??= cause;

    public void OnClosed(QuicFault fault, Exception? cause)
    {
        if (_fault is not null)
            return;
        _fault = fault;
        _cause ??= cause;
        var why = CreateException();
        _handshake.TrySetException(QuicExceptions.ForHandshake(why));
        _ = _handshake.Task.Exception; // observed: most callers never look at it
        _closed.TrySetResult(why);

        // Off the lock: whoever registered may run anything.
        ThreadPool.UnsafeQueueUserWorkItem(static source => Cancel(source), _closing, preferLocal: false);
    }

    // What a registration of the application throws is not ours to fail by (robustness W10).
    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException)
        {
            // Its owner has no way to hear of it.
        }
    }

    /// <summary>A new exception each time, so that each thrower has its own stack trace.</summary>
    public QuicException CreateException() => QuicExceptions.From(_fault!, IsHandshakeComplete, _thrown, _cause);
}
