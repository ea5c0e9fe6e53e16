using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// One connection of a listener: waits for the client's SETTINGS, then passes its requests through the gate to the listener, until it
/// ends. Whatever goes wrong ends this connection only.
/// </summary>
internal sealed class ServedConnection : IAsyncDisposable
{
    private static readonly TimeSpan LeastUnused = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostUnused = TimeSpan.FromSeconds(10);

    private readonly Http3ServerConnection _http3;
    private readonly SessionEnvironment _environment;
    private readonly RequestGate _gate;
    private readonly Func<WebTransportRequest, bool> _offer;

    /// <param name="transport">The connection, owned from here on.</param>
    /// <param name="http3Options">Its HTTP/3, with WebTransport in the extension table.</param>
    /// <param name="environment">What its sessions need.</param>
    /// <param name="gate">Judges its requests.</param>
    /// <param name="offer">Takes an admitted request; false when there is no room for it.</param>
    public ServedConnection(
        QuicConnection transport, Http3ConnectionOptions http3Options, SessionEnvironment environment, RequestGate gate,
        Func<WebTransportRequest, bool> offer)
    {
        _environment = environment;
        _gate = gate;
        _offer = offer;
        _http3 = new Http3ServerConnection(transport, http3Options);
        Sessions = WebTransportExtension.SessionsOf(_http3, environment);
        Sessions.Emptied = admissions => _ = BackgroundFailures.ObserveAsync(CloseWhenUnusedAsync(admissions), environment.Log);
    }

    public ConnectionSessions Sessions { get; }

    /// <summary>Serves until the connection ends. Never faults.</summary>
    public async Task RunAsync()
    {
        var remote = _http3.Transport.RemoteEndPoint;
        try
        {
            // draft-ietf-webtrans-http3 §3.1: the server does not process requests before the client's SETTINGS.
            var settings = await _http3.PeerSettings.ConfigureAwait(false);
            while (true)
            {
                var request = await _http3.AcceptRequestAsync().ConfigureAwait(false);
                await HandleAsync(request, settings).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (SessionFailures.IsTransport(error))
        {
            _environment.Log.ConnectionEnded(remote, error.Message);
        }
#pragma warning disable CA1031 // One bad connection must not stop the listener.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _environment.Log.ConnectionFailed(remote, error);
        }

        await BackgroundFailures.ObserveAsync(DisposeAsync().AsTask(), _environment.Log).ConfigureAwait(false);
    }

    /// <summary>Tells the client that the server goes away, and asks every session to finish.</summary>
    public async Task DrainAsync()
    {
        try
        {
            await _http3.GoAwayAsync().ConfigureAwait(false);
            await Task.WhenAll(Array.ConvertAll(Sessions.OpenSessions, session => session.DrainAsync().AsTask())).ConfigureAwait(false);
        }
        catch (Exception error) when (SessionFailures.IsTransport(error) || error is WebTransportException)
        {
            // It has ended, which is as good.
        }
    }

    /// <summary>Tells the client that the server goes away, closes every session, then the connection.</summary>
    public async Task CloseAsync(uint code, string reason)
    {
        try
        {
            await _http3.GoAwayAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (SessionFailures.IsTransport(error))
        {
            // It has ended already.
        }

        var closing = Array.ConvertAll(Sessions.OpenSessions, session => session.CloseAsync(code, reason).AsTask());
        await Task.WhenAll(closing).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the connection with H3_NO_ERROR, unless it is closed.</summary>
    public ValueTask DisposeAsync() => _http3.DisposeAsync();

    // Browsers forget the connection of a session that has ended without closing it; and a client that opens one session after the other
    // has a
    // moment to do so.
    private async Task CloseWhenUnusedAsync(long admissions)
    {
        try
        {
            do
            {
                await Task.Delay(
                    RoundTrips.Grace(_http3.Transport, LeastUnused, MostUnused), _environment.TimeProvider, _http3.ClosingToken)
                    .ConfigureAwait(false);
            }
            while (_http3.ActiveRequests > 0);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (Sessions.TryRetire(admissions))
            await _http3.CloseAsync(Http3ErrorCode.NoError).ConfigureAwait(false);
    }

    private async ValueTask HandleAsync(Http3ServerRequest request, Http3Settings settings)
    {
        var admitted = await _gate.JudgeAsync(request, Sessions, settings).ConfigureAwait(false);
        if (admitted is null || _offer(admitted))
            return;
        _environment.Log.RequestRefused(request.StreamId, _http3.Transport.RemoteEndPoint, "too many requests wait for the application");
        await admitted.AbandonAsync().ConfigureAwait(false);
    }
}
