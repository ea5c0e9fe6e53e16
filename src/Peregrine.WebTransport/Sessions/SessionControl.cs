using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// The CONNECT stream of one session: reads its capsules, sends ours, and brings it to an end on both sides
/// (draft-ietf-webtrans-http3 §6). It reads until the peer's side ends, however long after this side has closed: to stop reading earlier
/// would cost browsers the code and the reason of our own close. From the session's end on a deadline runs, after which the stream is
/// reset, so that nothing here depends on a peer that gives no credit and never answers. Before the session ends by the peer's doing, all
/// streams that had arrived are given to it: the peer knows them to be delivered.
/// </summary>
internal sealed class SessionControl : IDisposable
{
    private readonly WebTransportSession _session;
    private readonly Http3RequestStream _request;
    private readonly SessionEnvironment _environment;
    private readonly SemaphoreSlim _output = new(1, 1);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _deadline;

    public SessionControl(WebTransportSession session, Http3RequestStream request, SessionEnvironment environment)
    {
        _session = session;
        _request = request;
        _environment = environment;
        _deadline = environment.TimeProvider.CreateTimer(
            static control => ((SessionControl)control!).OnDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Done when nothing of the session is under way any more. Never faults.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Begins to read.</summary>
    /// <param name="finished">Called once when nothing is under way any more, before <see cref="Finished"/>.</param>
    public void Start(Func<ValueTask> finished)
    {
        _ = RunAsync(finished);
        _ = WatchOutputAsync();
    }

    /// <summary>Stops the deadline. The stream is dealt with by <see cref="Start"/>.</summary>
    public void Dispose() => _deadline.Dispose();

    /// <summary>Sends WT_DRAIN_SESSION.</summary>
    public async ValueTask SendDrainAsync(CancellationToken cancellationToken)
    {
        var capsule = new byte[DrainSessionCapsule.Length];
        DrainSessionCapsule.Write(capsule);
        await _output.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Not cancelled halfway: a stream with half a capsule is of no use to anyone.
            if (!_session.IsOver)
                await _request.Output.WriteAsync(capsule, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _output.Release();
        }
    }

    /// <summary>Begins to send WT_CLOSE_SESSION and the end of the stream, without waiting for either.</summary>
    public void StartClose(uint code, string reason)
    {
        _deadline.Change(_environment.CloseTimeout, Timeout.InfiniteTimeSpan);
        var capsule = new byte[CloseSessionCapsule.MaxLength];
        var length = CloseSessionCapsule.Write(capsule, code, reason);
        _ = EndOutputAsync(capsule.AsMemory(0, length));
    }

    private async Task RunAsync(Func<ValueTask> finished)
    {
        try
        {
            if (await ReadUntilEndAsync().ConfigureAwait(false))
            {
                // The peer, which is done, waits for this before it closes the connection. Earlier would be too soon to reset the stream.
                await EndOutputAsync(default).ConfigureAwait(false);
                await _request.WritesClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            try
            {
                await _request.DisposeAsync().ConfigureAwait(false);
                Dispose();
                await finished().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever fails in clearing up must not keep those waiting who wait for the session's end.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _environment.Log.BackgroundFailed(error);
            }

            _finished.TrySetResult();
        }
    }

    /// <summary>Reads until the peer's side of the stream ends; true when it ended cleanly.</summary>
    private async Task<bool> ReadUntilEndAsync()
    {
        try
        {
            if (await ReadCapsulesAsync().ConfigureAwait(false))
                await ReadNothingMoreAsync().ConfigureAwait(false);
            else
                await EndByPeerAsync(0, "").ConfigureAwait(false); // draft-ietf-webtrans-http3 §6: a clean end without the capsule means code 0 and no reason.
            return true;
        }
#pragma warning disable CA1031 // The session must end whatever failed, and with it what failed is told.
        catch (Exception error)
#pragma warning restore CA1031
        {
            if (error is Http3Exception { ErrorCode: Http3ErrorCode.MessageError })
                _environment.Log.SessionMalformed(_session.Id, error.Message);
            await _request.Connection.ServeArrivedStreamsAsync().ConfigureAwait(false);
            _session.End(new WebTransportCloseInfo(0, "", WebTransportCloseInitiator.Connection, error));
            _request.Abort(
                error is Http3Exception { Scope: Http3ErrorScope.Stream } http3 ? http3.ErrorCode : Http3ErrorCode.RequestCancelled);
            return false;
        }
    }

    /// <summary>True when the peer closed the session by its capsule, false when the stream ended without.</summary>
    private async Task<bool> ReadCapsulesAsync()
    {
        using var capsules = new CapsuleReader(_request);
        while (await capsules.ReadAsync().ConfigureAwait(false) is { } capsule)
        {
            if (capsule.Type == CapsuleType.DrainSession)
            {
                _session.OnDrain();
                continue;
            }

            if (!CloseSessionCapsule.TryReadBody(capsule.Value.Span, out var code, out var reason))
                throw Malformed("WT_CLOSE_SESSION lacks a whole code, or its reason is not valid UTF-8.");
            await EndByPeerAsync(code, reason).ConfigureAwait(false);
            return true;
        }

        return false;
    }

    // draft-ietf-webtrans-http3 §6: WT_CLOSE_SESSION is the last thing on the stream.
    private async Task ReadNothingMoreAsync()
    {
        while (true)
        {
            var read = await _request.Input.ReadAsync().ConfigureAwait(false);
            var isEmpty = read.Buffer.IsEmpty;
            _request.Input.AdvanceTo(read.Buffer.End);
            if (!isEmpty)
                throw Malformed("Bytes followed WT_CLOSE_SESSION.");
            if (read.IsCompleted)
                return;
        }
    }

    private static Http3Exception Malformed(string fault) => new(Http3ErrorCode.MessageError, Http3ErrorScope.Stream, fault);

    // The peer has said all it had to say, so all that is left is our end of the stream: worth a few round trips, and no more, since
    // browsers
    // forget a connection without a word when its session has ended.
    private async Task EndByPeerAsync(uint code, string reason)
    {
        await _request.Connection.ServeArrivedStreamsAsync().ConfigureAwait(false);
        if (_session.End(new WebTransportCloseInfo(code, reason, WebTransportCloseInitiator.Peer)))
            _deadline.Change(Grace, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Grace => RoundTrips.Grace(_request.Connection.Transport, _environment.CloseTimeout);

    // draft-ietf-webtrans-http3 §6: the session ends when either half of the stream does, cleanly or abruptly. A peer that stops reading
    // may
    // have closed the session in the same breath, which is on its way; otherwise this is the end.
    private async Task WatchOutputAsync()
    {
        await _request.WritesClosed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_request.WritesClosed.Exception?.InnerException is not QuicException { QuicError: QuicError.StreamAborted } stopped)
            return;
        await Task.WhenAny(_finished.Task, Task.Delay(Grace, _environment.TimeProvider)).ConfigureAwait(false);
        _session.End(new WebTransportCloseInfo(0, "", WebTransportCloseInitiator.Connection, stopped));
        _request.Abort(Http3ErrorCode.RequestCancelled);
    }

    private async Task EndOutputAsync(ReadOnlyMemory<byte> lastCapsule)
    {
        await _output.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!lastCapsule.IsEmpty)
                await _request.Output.WriteAsync(lastCapsule, CancellationToken.None).ConfigureAwait(false);
            await _request.Output.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (SessionFailures.IsTransport(error) || error is InvalidOperationException)
        {
            // The stream or the connection is gone: there is nobody left to tell. Or it was completed already.
        }
        finally
        {
            _output.Release();
        }
    }

    // W3: the peer withholds credit, or does not answer.
    private void OnDeadline() => _request.Abort(Http3ErrorCode.RequestCancelled);
}
