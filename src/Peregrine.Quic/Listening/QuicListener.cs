using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Takes QUIC connections on one UDP port. Connections that were accepted live on when the listener is disposed; the port stays
/// bound until the last of them is closed.
/// </summary>
public sealed class QuicListener : IAsyncDisposable
{
    private readonly QuicListenerOptions _options;
    private readonly Endpoint _endpoint;
    private readonly Channel<QuicConnection> _ready = Channel.CreateUnbounded<QuicConnection>();
    private readonly HashSet<QuicConnection> _pending = [];
    private readonly HashSet<QuicConnection> _handedOver = [];
    private readonly Lock _gate = new();
    private bool _isDisposed;
    private long _failed;
    private long _backlogRefused;

    private QuicListener(QuicListenerOptions options)
    {
        _options = options;
        var logger = options.LoggerFactory.CreateLogger("Peregrine.Quic.Endpoint");
        var socket = UdpSocket.Open(options.ListenEndPoint, options.Socket, SocketRole.Server, logger);
        var settings = new EndpointSettings
        {
            AcceptsConnections = true,
            MaxHalfOpenConnections = options.MaxHalfOpenConnections,
            MaxConnections = options.MaxConnections,
            MaxConnectionsPerAddress = options.MaxConnectionsPerAddress,
        };
        _endpoint = new Endpoint(socket, settings, options.TimeProvider, logger) { Accept = OnAccepted };
        LocalEndPoint = _endpoint.LocalEndPoint;
    }

    /// <summary>The address and port listened on; the port that the system chose where 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <inheritdoc cref="QuicConnection.IsSupported"/>
    public static bool IsSupported => QuicConnection.IsSupported;

    /// <summary>Where it listens, for a log or a debugger.</summary>
    public override string ToString() => $"QUIC listener on {LocalEndPoint}";

    /// <summary>Binds the port and begins to listen.</summary>
    /// <param name="options">Where to listen, and how; read once.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message says how to mend it.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The port could not be bound.</exception>
    public static ValueTask<QuicListener> ListenAsync(QuicListenerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<QuicListener>(cancellationToken);
        var listener = new QuicListener(options);
        listener._endpoint.Logger.Listening(listener.LocalEndPoint);
        listener._endpoint.Start();
        ListenerRegistry.Add(listener);
        return new ValueTask<QuicListener>(listener);
    }

    /// <summary>
    /// Takes the next connection. It is handed over once it can send (RFC 9001 §4.1.1: as soon as the server has its 1-RTT keys),
    /// before the client's Finished; <see cref="QuicConnection.HandshakeCompleted"/> tells when that came. While more than
    /// <see cref="QuicListenerOptions.EarlyHandoverLimit"/> handshakes are under way it is handed over only when its own is complete.
    /// Failed
    /// handshakes are counted (<see cref="GetStatistics"/>), logged and not returned. A cancelled call loses no connection.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    public async ValueTask<QuicConnection> AcceptConnectionAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var connection = await _ready.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            Forget(connection);
            return connection;
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The QuicListener was disposed.", e);
        }
    }

    /// <summary>Whom the listener has let in, and whom not.</summary>
    /// <returns>The figures of this moment.</returns>
    public QuicListenerStatistics GetStatistics()
    {
        var core = _endpoint.Engine.Counters;
        var loop = _endpoint.Counters;
        return new QuicListenerStatistics
        {
            Connections = _endpoint.Engine.ConnectionCount,
            HalfOpenConnections = _endpoint.Engine.HalfOpenCount,
            HandshakesWaiting = _endpoint.Handshakes.Waiting,
            ConnectionsBegun = core.Accepted,
            HandshakesFailed = Volatile.Read(ref _failed),
            HandshakesDropped = core.OverHalfOpen,
            QueueDropped = loop.StrangersDropped + loop.UnderWayDropped,
            ConnectionsRefused = core.Refused,
            ConnectionsRefusedInSilence = core.RefusedInSilence,
            ForgedDropped = core.Forged,
            BacklogRefused = Volatile.Read(ref _backlogRefused),
        };
    }

    /// <summary>
    /// Stops listening. Connections that were not accepted are closed; accepted ones live on. When all of those are closed already, the
    /// port
    /// is free afterwards.
    /// </summary>
    /// <returns>A task that is done when no new connection can come.</returns>
    public async ValueTask DisposeAsync()
    {
        List<QuicConnection> pending;
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            pending = [.. _pending];
            _pending.Clear();
        }

        _endpoint.Engine.AcceptsConnections = false;
        _ready.Writer.TryComplete();
        while (_ready.Reader.TryRead(out _))
        {
            // They are among the pending.
        }

        foreach (var connection in pending)
            await connection.DisposeAsync().ConfigureAwait(false);
        await _endpoint.EndEarlyAsync().ConfigureAwait(false);
        ListenerRegistry.Remove(this);
        _endpoint.Release();
        if (_endpoint.IsUnused)
            await _endpoint.Stopped.ConfigureAwait(false);
    }

    internal Endpoint Endpoint => _endpoint;

    /// <summary>A connection can send. Called under its lock.</summary>
    internal void OnReady(QuicConnection connection)
    {
        // What is built above it costs more than the connection itself: not for those who may not even be there, when they are many.
        if (_endpoint.Engine.HalfOpenCount <= _options.EarlyHandoverLimit)
            HandOver(connection);
    }

    /// <summary>The handshake of a connection is complete. Called under its lock.</summary>
    internal void OnHandshakeComplete(QuicConnection connection) => HandOver(connection);

    private void HandOver(QuicConnection connection)
    {
        lock (_gate)
        {
            if (!_pending.Contains(connection) || !_handedOver.Add(connection))
                return;
        }

        if (_ready.Reader.Count < _options.ListenBacklog && _ready.Writer.TryWrite(connection))
            return;
        Forget(connection);
        Interlocked.Increment(ref _backlogRefused);
        OffLock.Run(
            static refused => refused.Logger.AcceptQueueFull(refused.RemoteEndPoint), (_endpoint.Logger, connection.RemoteEndPoint));
        connection.Driver.Close(QuicFault.ConnectionRefused("The server has more connections than it can accept."));
    }

    /// <summary>A connection ended, perhaps before it was accepted. Called under its lock.</summary>
    internal void OnEnded(QuicConnection connection)
    {
        if (!connection.Lifetime.IsHandshakeComplete)
            Interlocked.Increment(ref _failed);

        // One that waits to be accepted stays in the queue; whoever accepts it hears at once that it has ended.
        lock (_gate)
        {
            if (!_handedOver.Contains(connection))
                _pending.Remove(connection);
        }
    }

    private void Forget(QuicConnection connection)
    {
        lock (_gate)
        {
            _pending.Remove(connection);
            _handedOver.Remove(connection);
        }
    }

    // The loop has a connection's first datagram.
    private ConnectionDriver OnAccepted(ConnectionEngine engine)
    {
        _endpoint.AddReference();
        var connection = new QuicConnection(engine, _endpoint, this, _options);
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _pending.Add(connection);
                return connection.Driver;
            }
        }

        lock (connection.Driver.Gate)
            connection.Driver.Close(QuicFault.ConnectionRefused("The server is closing."));
        return connection.Driver;
    }
}
