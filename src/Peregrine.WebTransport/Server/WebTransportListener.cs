using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// Listens for WebTransport sessions on a UDP port. All members may be called from any thread. What one client does wrong concerns no
/// other: the listener goes on until it is drained, closed or disposed.
/// </summary>
public sealed class WebTransportListener : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ServedConnection, Task> _connections = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly QuicListener _listener;
    private readonly SessionEnvironment _environment;
    private readonly Http3ConnectionOptions _http3Options;
    private readonly RequestGate _gate;
    private readonly Channel<WebTransportRequest> _requests;
    private readonly ServerCertificates _certificates;
    private readonly SessionRunner _runner;
    private readonly Task _accepting;
    private int _isClosing;

    private WebTransportListener(
        QuicListener listener, WebTransportListenerOptions options, SessionEnvironment environment, ServerCertificates certificates)
    {
        _listener = listener;
        _certificates = certificates;
        _runner = new SessionRunner(options, environment.Log);
        _environment = environment;
        _http3Options = new Http3ConnectionOptions
        {
            Extensions = WebTransportExtension.Create(environment),
            LoggerFactory = options.LoggerFactory,
            TimeProvider = options.TimeProvider,
        };
        _gate = new RequestGate(environment, options.OriginPolicy);
        _requests = Channel.CreateBounded<WebTransportRequest>(options.RequestBacklog);
        _accepting = AcceptConnectionsAsync();
    }

    /// <summary>The address and port listened on; the port the system chose where 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>Sessions that are open now, on all connections.</summary>
    public int SessionCount => _environment.Sessions.Open;

    /// <summary>Connections that are open now, with a session or without.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Whether this machine has the cryptography that QUIC needs. True wherever .NET runs, except in a browser.</summary>
    public static bool IsSupported => WebTransportClient.IsSupported;

    /// <summary>Binds the port and begins to listen.</summary>
    /// <param name="options">Where, with which certificate, and whom to let in; read once.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ArgumentException">An option cannot be used; the message says how to mend it.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port could not be bound.</exception>
    public static async ValueTask<WebTransportListener> ListenAsync(
        WebTransportListenerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var environment = new SessionEnvironment(
            options, EndpointRole.Server, options.MaxSessionsPerConnection, options.MaxSessions);
        var certificates = new ServerCertificates(options);
        var listener = await QuicListener.ListenAsync(
            new QuicListenerOptions
            {
                ListenEndPoint = options.ListenEndPoint,
                ApplicationProtocols = [SslApplicationProtocol.Http3],
                ListenBacklog = options.ConnectionBacklog,
                ConnectionOptionsCallback = (_, hello, token) => certificates.ChooseAsync(hello.ServerName, token),
                LoggerFactory = options.LoggerFactory,
                TimeProvider = options.TimeProvider,
                Socket = options.Socket.ToQuic(),
            },
            cancellationToken).ConfigureAwait(false);
        environment.Log.Listening(listener.LocalEndPoint);
        return new WebTransportListener(listener, options, environment, certificates);
    }

    /// <summary>
    /// Waits for the next request that passed the checks: version, origin, number of sessions. Answer it soon, from a task of its own if
    /// that takes long. A cancelled call loses none.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ObjectDisposedException">The listener was closed or disposed.</exception>
    public async ValueTask<WebTransportRequest> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _requests.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(WebTransportListener), "The listener was closed.");
        }
    }

    /// <summary>
    /// The requests that pass the checks, one after the other, until the listener is drained, closed or disposed: then the sequence ends.
    /// Answer each soon, from a task of its own if that takes long.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait for the next; no request is lost.</param>
    public async IAsyncEnumerable<WebTransportRequest> AcceptAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await _requests.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_requests.Reader.TryRead(out var request))
                yield return request;
        }
    }

    /// <summary>
    /// Accepts every request and runs a handler for each session, many at once, until the token fires or the listener is drained, closed or
    /// disposed; then waits for the handlers that run and returns, without an exception. A session is closed with code 0 when its handler
    /// returns, and with <see cref="WebTransportListenerOptions.HandlerFailureCode"/> when it throws, which is logged and concerns nobody
    /// else. At most <see cref="WebTransportListenerOptions.MaxSessions"/> handlers run at once; further requests wait.
    /// </summary>
    /// <param name="handler">
    /// Gets the session, and a token that fires when the session has ended or this call's own token has fired. What it throws because of
    /// that is no failure.
    /// </param>
    /// <param name="cancellationToken">Ends the call: no more requests are taken, and the handlers' tokens fire.</param>
    public Task RunAsync(Func<WebTransportSession, CancellationToken, Task> handler, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RunRequestsAsync(
            async (request, token) => await handler(await request.AcceptAsync(token).ConfigureAwait(false), token).ConfigureAwait(false),
            cancellationToken);
    }

    /// <summary>
    /// As <see cref="RunAsync"/>, for handlers that accept or reject requests themselves. A request that its handler leaves without an
    /// answer is rejected with status 404, or 500 when the handler throws.
    /// </summary>
    /// <param name="handler">
    /// Gets the request, and a token that fires when the client has given up, the session has ended or this call's own token has fired.
    /// What it throws because of that is no failure.
    /// </param>
    /// <param name="cancellationToken">Ends the call: no more requests are taken, and the handlers' tokens fire.</param>
    public Task RunRequestsAsync(Func<WebTransportRequest, CancellationToken, Task> handler, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _runner.RunAsync(AcceptAllAsync(CancellationToken.None), handler, cancellationToken);
    }

    /// <summary>
    /// Replaces the certificate for the connections that come from now on; those that are there, and their sessions, go on. Dispose the
    /// old one when the handshakes under way are over, soon after <see cref="WebTransportOptions.HandshakeTimeout"/>.
    /// </summary>
    /// <param name="certificate">The new one, with its private key.</param>
    /// <exception cref="ArgumentException">It has no private key.</exception>
    /// <exception cref="InvalidOperationException">The listener asks a callback for certificates.</exception>
    public void UpdateCertificate(X509Certificate2 certificate) => _certificates.Use(certificate);

    /// <summary>
    /// Replaces the certificate and its chain for the connections that come from now on; those that are there, and their sessions, go on.
    /// </summary>
    /// <param name="context">The new certificate with its intermediate certificates.</param>
    /// <exception cref="InvalidOperationException">The listener asks a callback for certificates.</exception>
    public void UpdateCertificate(SslStreamCertificateContext context) => _certificates.Use(context);

    /// <summary>
    /// Takes no more requests, asks every client to finish soon (its <see cref="WebTransportSession.Draining"/> fires; GOAWAY and
    /// WT_DRAIN_SESSION), waits until no session is open, and then closes the listener as <see cref="CloseAsync"/> does. Requests that
    /// come, or wait, are reset with H3_REQUEST_REJECTED, so that clients may try elsewhere.
    /// </summary>
    /// <param name="timeout">How long the sessions may take; then those that are left are closed. <see cref="Timeout.InfiniteTimeSpan"/>
    /// for as long as they like.</param>
    /// <param name="code">The application's code for the sessions that are closed.</param>
    /// <param name="reason">A sentence for the peers' people, cut to 1,024 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Ends the waiting for the sessions: those that are left are closed at once.</param>
    /// <returns>A task that is done when everything is closed.</returns>
    public async ValueTask DrainAsync(
        TimeSpan timeout, uint code = 0, string reason = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "The timeout must not be negative, or Timeout.InfiniteTimeSpan.");
        var none = _environment.Sessions.StopAsync();
        await AbandonRequestsAsync().ConfigureAwait(false);
        foreach (var connection in _connections.Keys)
            _ = BackgroundFailures.ObserveAsync(connection.DrainAsync(), _environment.Log);
        try
        {
            await none.WaitAsync(timeout, _environment.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            // Those that are left are closed now.
        }

        await CloseAsync(code, reason, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// Stops listening and closes every session with a code and a reason, which the clients get; then their connections. Later calls wait
    /// for the first.
    /// </summary>
    /// <param name="code">The application's code for all sessions.</param>
    /// <param name="reason">A sentence for the peers' people, cut to 1,024 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Cancels the wait, not the close.</param>
    /// <returns>A task that is done when everything is closed, soon after <see cref="WebTransportOptions.CloseTimeout"/> at the
    /// latest.</returns>
    public async ValueTask CloseAsync(uint code = 0, string reason = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Interlocked.Exchange(ref _isClosing, 1) == 0)
            _ = BackgroundFailures.ObserveAsync(CloseAllAsync(code, reason), _environment.Log);
        await _closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops listening and closes every session with code 0 and no reason, unless <see cref="CloseAsync"/> was called.</summary>
    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Where it listens, and how much it has to do.</summary>
    public override string ToString() =>
        $"WebTransport listener on {LocalEndPoint}, {SessionCount} sessions on {ConnectionCount} connections"
            + (Volatile.Read(ref _isClosing) != 0 ? ", closed" : "");

    private async Task AcceptConnectionsAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                Serve(await _listener.AcceptConnectionAsync(_closing.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is ObjectDisposedException or OperationCanceledException)
            {
                // The listener is being closed.
                return;
            }
#pragma warning disable CA1031 // One connection that cannot be taken up must not stop the listener.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _environment.Log.AcceptFailed(error);
            }
        }
    }

    private void Serve(QuicConnection transport)
    {
        var connection = new ServedConnection(transport, _http3Options, _environment, _gate, _requests.Writer.TryWrite);
        var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections.TryAdd(connection, served.Task);
        _ = ServeAsync(connection, served);
    }

    private async Task ServeAsync(ServedConnection connection, TaskCompletionSource served)
    {
        await connection.RunAsync().ConfigureAwait(false);
        _connections.TryRemove(connection, out _);
        served.TrySetResult();
    }

    private async Task AbandonRequestsAsync()
    {
        _requests.Writer.TryComplete();
        while (_requests.Reader.TryRead(out var request))
            await request.AbandonAsync().ConfigureAwait(false);
    }

    private async Task CloseAllAsync(uint code, string reason)
    {
        try
        {
            await _closing.CancelAsync().ConfigureAwait(false);
            await _accepting.ConfigureAwait(false);
            await AbandonRequestsAsync().ConfigureAwait(false);
            var connections = _connections.ToArray();
            await Task.WhenAll(
                Array.ConvertAll(connections, c => BackgroundFailures.ObserveAsync(c.Key.CloseAsync(code, reason), _environment.Log)))
                .ConfigureAwait(false);
            await Task.WhenAll(Array.ConvertAll(connections, c => c.Value)).ConfigureAwait(false);
            await _listener.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _closed.TrySetResult();
        }
    }
}
