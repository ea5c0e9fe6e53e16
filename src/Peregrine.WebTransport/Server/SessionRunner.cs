using Microsoft.Extensions.Logging;

namespace Peregrine.WebTransport;

/// <summary>
/// Runs a handler of the application's for each request, bounded in number, and answers for what handlers leave or throw.
/// </summary>
internal sealed class SessionRunner(WebTransportListenerOptions options, ILogger log)
{
    private readonly int _maxHandlers = options.MaxSessions;
    private readonly uint _failureCode = options.HandlerFailureCode;

    /// <summary>Takes requests until they end or the token fires, then waits for the handlers. Never faults.</summary>
    public async Task RunAsync(
        IAsyncEnumerable<WebTransportRequest> requests, Func<WebTransportRequest, CancellationToken, Task> handler,
        CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(_maxHandlers, _maxHandlers);
        var running = new RunningHandlers();
        try
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            await foreach (var request in requests.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                running.Begin();
                _ = HandleAsync(request, handler, slots, running, cancellationToken);
                await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to end the call.
        }

        await running.AllEnded().ConfigureAwait(false);
    }

    private async Task HandleAsync(
        WebTransportRequest request, Func<WebTransportRequest, CancellationToken, Task> handler, SemaphoreSlim slots,
        RunningHandlers running, CancellationToken cancellationToken)
    {
        // Not on the thread that accepts: a handler that blocks must not keep the others out.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, request.Over);
        try
        {
            await handler(request, over.Token).ConfigureAwait(false);
            await EndAsync(request, code: 0, status: 404).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What one handler throws must not end the others.
        catch (Exception error)
#pragma warning restore CA1031
        {
            if (IsConsequence(error, over.Token))
                log.HandlerEnded(request.Path, request.RemoteEndPoint, error);
            else
                log.HandlerFailed(request.Path, request.RemoteEndPoint, error);
            await BackgroundFailures.ObserveAsync(EndAsync(request, _failureCode, status: 500), log).ConfigureAwait(false);
        }
        finally
        {
            slots.Release();
            running.End();
        }
    }

    // A handler that is told to stop, or whose session ends under its hands, may throw; that is no fault of its own.
    private static bool IsConsequence(Exception error, CancellationToken over) =>
        error is WebTransportException { ErrorSource: WebTransportErrorSource.Session }
        || (over.IsCancellationRequested && error is OperationCanceledException or WebTransportException);

    private static async Task EndAsync(WebTransportRequest request, uint code, int status)
    {
        if (request.Session is { } session)
            await session.CloseAsync(code).ConfigureAwait(false);
        else if (!request.IsAnswered)
            await request.RejectAsync(status).ConfigureAwait(false);
    }

    /// <summary>Counts the handlers that run. The loop itself counts as one until it asks for the end.</summary>
    private sealed class RunningHandlers
    {
        private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count = 1;

        public void Begin() => Interlocked.Increment(ref _count);

        public void End()
        {
            if (Interlocked.Decrement(ref _count) == 0)
                _none.TrySetResult();
        }

        public Task AllEnded()
        {
            End();
            return _none.Task;
        }
    }
}
