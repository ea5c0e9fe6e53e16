using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Threading.Channels;
using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// Listens for WebTransport sessions on a UDP port. All members may be called from any thread. What one client does wrong concerns no
/// other: the listener goes on until it is closed or disposed.
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
    private readonly Task _accepting;
    private int _isClosing;

    private WebTransportListener(QuicListener listener, WebTransportListenerOptions options, SessionEnvironment environment)
    {
        _listener = listener;
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
        var environment = new SessionEnvironment(options, options.MaxSessionsPerConnection);
        var connectionOptions = CreateConnectionOptions(options);
        connectionOptions.Validate();
        var listener = await QuicListener.ListenAsync(
            new QuicListenerOptions
            {
                ListenEndPoint = options.ListenEndPoint,
                ApplicationProtocols = [SslApplicationProtocol.Http3],
                ListenBacklog = options.ConnectionBacklog,
                ConnectionOptionsCallback = (_, _, _) => ValueTask.FromResult(connectionOptions),
                LoggerFactory = options.LoggerFactory,
                TimeProvider = options.TimeProvider,
                Socket = options.Socket,
            },
            cancellationToken).ConfigureAwait(false);
        environment.Log.Listening(listener.LocalEndPoint);
        return new WebTransportListener(listener, options, environment);
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

    private static QuicServerConnectionOptions CreateConnectionOptions(WebTransportListenerOptions options)
    {
        var connection = new QuicServerConnectionOptions
        {
            ServerAuthenticationOptions = new SslServerAuthenticationOptions
            {
                ApplicationProtocols = [SslApplicationProtocol.Http3],
                ServerCertificate = options.ServerCertificate,
                ServerCertificateContext = options.ServerCertificateContext,
                ServerCertificateSelectionCallback = options.ServerCertificateSelectionCallback,
            },
        };
        TransportOptions.Apply(options, connection, options.MaxSessionsPerConnection);
        return connection;
    }

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
        _ = RunAsync(connection, served);
    }

    private async Task RunAsync(ServedConnection connection, TaskCompletionSource served)
    {
        await connection.RunAsync().ConfigureAwait(false);
        _connections.TryRemove(connection, out _);
        served.TrySetResult();
    }

    private async Task CloseAllAsync(uint code, string reason)
    {
        try
        {
            await _closing.CancelAsync().ConfigureAwait(false);
            await _accepting.ConfigureAwait(false);
            _requests.Writer.TryComplete();
            while (_requests.Reader.TryRead(out var request))
                await request.AbandonAsync().ConfigureAwait(false);

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
