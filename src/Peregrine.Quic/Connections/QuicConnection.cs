using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Peregrine.Quic.Core;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>
/// A QUIC connection (RFC 9000): streams both ways, and datagrams (RFC 9221). All members may be called from any thread at once.
/// </summary>
public sealed class QuicConnection : IAsyncDisposable
{
    private readonly ConnectionDriver _driver;
    private readonly ConnectionDatagrams _datagrams;
    private readonly ConnectionFigures _figures;
    private readonly QuicListener? _listener;
    private readonly OptionsChooser? _chooser;
    private readonly CertificateJudge? _judge;
    private QuicConnectionOptions? _options;
    private KeyLogQueue? _keyLog;
    private StreamCapacity? _capacity;
    private X509Certificate2? _remoteCertificate;
    private string _targetHostName = "";
    private bool _isDisposed;

    /// <summary>A server's side, for an engine that the endpoint has just made.</summary>
    internal QuicConnection(ConnectionEngine engine, Endpoint endpoint, QuicListener listener, QuicListenerOptions listenerOptions)
        : this(engine, endpoint, static used => used.Release(), listenerOptions.LoggerFactory)
    {
        _listener = listener;
        _chooser = new OptionsChooser(this, _driver, listenerOptions);
    }

    /// <summary>A client's side.</summary>
    internal QuicConnection(ConnectionEngine engine, Endpoint endpoint, QuicClientConnectionOptions options, ClientTls tls)
        : this(engine, endpoint, ClientEndpoints.Return, options.LoggerFactory)
    {
        _judge = new CertificateJudge(this, _driver, tls);
        _targetHostName = tls.TargetHost;
        Use(options);
    }

    private IPEndPoint? _localEndPoint;

    private QuicConnection(ConnectionEngine engine, Endpoint endpoint, Action<Endpoint> release, ILoggerFactory loggerFactory)
    {
        _driver = new ConnectionDriver(engine, endpoint, release, this, loggerFactory.CreateLogger("Peregrine.Quic.Connection"));
        _figures = new ConnectionFigures(endpoint.Clock);
        Streams = new ConnectionStreams(this, _driver);
        _datagrams = new ConnectionDatagrams(this, _driver);
        engine.Owner = _driver;
    }

    /// <summary>The peer's address and port. It changes when the peer migrates (RFC 9000 §9).</summary>
    public IPEndPoint RemoteEndPoint => _driver.Engine.Path.Remote.ToEndPoint();

    /// <summary>This side's address and port. Where the socket is bound to all addresses, the system is asked once which it uses.</summary>
    public IPEndPoint LocalEndPoint
    {
        get
        {
            var known = _localEndPoint ??= LocalAddressOf(_driver.Engine.Path);
            return new IPEndPoint(known.Address, known.Port); // one of the caller's own: it can be changed
        }
    }

    /// <summary>
    /// Whether QUIC can be used here, for code that was written for System.Net.Quic: always, since nothing native is needed.
    /// </summary>
    public static bool IsSupported => true;

    /// <summary>Role, peer and state, for a log or a debugger.</summary>
    public override string ToString() =>
        $"{(_driver.Engine.IsServer ? "Server" : "Client")} connection with {RemoteEndPoint}{(Closed.IsCompleted ? ", closed" : "")}";

    /// <summary>
    /// The server's certificate on a client; null on a server, where clients show none, and before the handshake is complete.
    /// </summary>
    public X509Certificate? RemoteCertificate
    {
        get
        {
            lock (_driver.Gate)
            {
                if (_remoteCertificate is null && Lifetime.IsHandshakeComplete && _driver.Engine.Tls.PeerCertificates is [var leaf, ..])
                    _remoteCertificate = X509CertificateLoader.LoadCertificate(leaf.Span);
                return _remoteCertificate;
            }
        }
    }

    /// <summary>The application protocol agreed on. Empty until the options callback of a server returned.</summary>
    public SslApplicationProtocol NegotiatedApplicationProtocol
    {
        get
        {
            lock (_driver.Gate)
                return new SslApplicationProtocol(_driver.Engine.Tls.ApplicationProtocol.ToArray());
        }
    }

    /// <summary>What the client offered, in its order of preference; on a server from the options callback on. Empty on a client.</summary>
    public IReadOnlyList<SslApplicationProtocol> OfferedApplicationProtocols { get; private set; } = [];

    /// <summary>The server name the client asked for, or an empty string.</summary>
    public string TargetHostName => _targetHostName;

    /// <summary>The cipher suite in use.</summary>
    public TlsCipherSuite NegotiatedCipherSuite => (TlsCipherSuite)_driver.Engine.Tls.Suite;

    /// <summary>Always TLS 1.3 (RFC 9001 §4.2).</summary>
    public SslProtocols SslProtocol => SslProtocols.Tls13;

    /// <summary>
    /// Done when the TLS handshake is complete; on a server that is when the client's Finished arrived. At once on a client after
    /// <see cref="ConnectAsync"/>. Faults when the connection ends before: with an <see cref="AuthenticationException"/> when TLS failed,
    /// else with a <see cref="QuicException"/>.
    /// </summary>
    public Task HandshakeCompleted => Lifetime.HandshakeCompleted;

    /// <summary>Done when the connection has ended, for whatever reason, with why. Never faults.</summary>
    public Task<QuicException> Closed => Lifetime.Closed;

    /// <summary>The most bytes a datagram may carry at present; 0 while the peer takes none. It changes with the path's MTU.</summary>
    public int MaxDatagramSize => _datagrams.MaxSize;

    /// <summary>Whether the peer takes datagrams (RFC 9221 §3).</summary>
    public bool PeerSupportsDatagrams => _datagrams.MaxSize > 0;

    /// <summary>Whether this side takes datagrams, as its options said and the peer was told.</summary>
    public bool AcceptsDatagrams
    {
        get
        {
            lock (_driver.Gate)
                return _driver.Engine.Datagrams.InitialMaxFrameSize > 0;
        }
    }

    /// <summary>
    /// Whether both sides can reset a stream and yet deliver its beginning (RESET_STREAM_AT); see <see cref="QuicStream.ReliableSize"/>.
    /// </summary>
    public bool SupportsReliableReset
    {
        get
        {
            lock (_driver.Gate)
                return _driver.Engine.PeerSupportsReliableReset;
        }
    }

    /// <summary>Connects to a server.</summary>
    /// <param name="options">Whom to connect to, and how; read once.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The connection, its handshake complete.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message says how to mend it.</exception>
    /// <exception cref="AuthenticationException">The TLS handshake failed; the inner exception is the
    /// <see cref="QuicException"/>.</exception>
    /// <exception cref="QuicException">The connection could not be made.</exception>
    public static ValueTask<QuicConnection> ConnectAsync(QuicClientConnectionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return ConnectionAttempt.RunAsync(options, new ClientTls(options), cancellationToken);
    }

    /// <summary>
    /// Opens a stream, and waits for the peer's leave to do so if need be (RFC 9000 §4.6). The peer learns of it with the first bytes.
    /// </summary>
    /// <param name="type">One way or both.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The stream; the caller disposes it.</returns>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask<QuicStream> OpenOutboundStreamAsync(QuicStreamType type, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<QuicStream>(cancellationToken)
            : Streams.OpenAsync(type, cancellationToken);

    /// <summary>Opens a stream if the peer's limit leaves room for it now.</summary>
    /// <param name="type">One way or both.</param>
    /// <param name="stream">The stream; the caller disposes it.</param>
    /// <returns>False when there is no room.</returns>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public bool TryOpenOutboundStream(QuicStreamType type, [NotNullWhen(true)] out QuicStream? stream) => Streams.TryOpen(type, out stream);

    /// <summary>Takes the next stream that the peer opened. A cancelled call loses no stream.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The stream; the caller disposes it.</returns>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask<QuicStream> AcceptInboundStreamAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<QuicStream>(cancellationToken)
            : Streams.AcceptAsync(cancellationToken);

    /// <summary>Gives a datagram to the network, if there is room for it now.</summary>
    /// <param name="datagram">The payload, copied.</param>
    /// <returns>What became of it.</returns>
    public DatagramSendResult TrySendDatagram(ReadOnlySpan<byte> datagram) => _datagrams.TrySend(default, datagram);

    /// <summary>Gives a datagram of two parts to the network, if there is room for it now.</summary>
    /// <param name="prefix">The first bytes, copied.</param>
    /// <param name="datagram">The bytes after them, copied.</param>
    /// <returns>What became of it.</returns>
    public DatagramSendResult TrySendDatagram(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> datagram) =>
        _datagrams.TrySend(prefix, datagram);

    /// <summary>Gives a datagram to the network, and waits for room in the send queue if need be.</summary>
    /// <param name="datagram">The payload; it must not change until the task is done.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that is done when the datagram was taken.</returns>
    /// <exception cref="ArgumentException">The datagram is longer than <see cref="MaxDatagramSize"/>.</exception>
    /// <exception cref="NotSupportedException">The peer takes no datagrams.</exception>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask SendDatagramAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken = default) =>
        _datagrams.SendAsync(default, datagram, cancellationToken);

    /// <summary>Gives a datagram of two parts to the network, and waits for room in the send queue if need be.</summary>
    /// <param name="prefix">The first bytes; they must not change until the task is done.</param>
    /// <param name="datagram">The bytes after them; they must not change until the task is done.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that is done when the datagram was taken.</returns>
    /// <exception cref="ArgumentException">The datagram is longer than <see cref="MaxDatagramSize"/>.</exception>
    /// <exception cref="NotSupportedException">The peer takes no datagrams.</exception>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask SendDatagramAsync(
        ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken = default) =>
        _datagrams.SendAsync(prefix, datagram, cancellationToken);

    /// <summary>
    /// Receives the next datagram. A cancelled call loses none. Several may wait at once; each datagram goes to one of them.
    /// </summary>
    /// <param name="buffer">Where the payload goes; 65,535 bytes hold any.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The length of the datagram.</returns>
    /// <exception cref="ArgumentException">The buffer is too short for the datagram, which stays in the queue.</exception>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask<int> ReceiveDatagramAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _datagrams.ReceiveAsync(buffer, cancellationToken);

    /// <summary>Receives a datagram if one is there.</summary>
    /// <param name="buffer">Where the payload goes.</param>
    /// <param name="length">The length of the datagram.</param>
    /// <returns>False when none is there.</returns>
    /// <exception cref="ArgumentException">The buffer is too short for the datagram, which stays in the queue.</exception>
    public bool TryReceiveDatagram(Span<byte> buffer, out int length) => _datagrams.TryReceive(buffer, out length);

    /// <summary>
    /// Exports keying material that both ends can make and nobody else (RFC 8446 §7.5, RFC 5705), for instance to tie a login to this
    /// connection.
    /// </summary>
    /// <param name="label">What it is for: a registered label, or one that begins with "EXPERIMENTAL"; 1 to 249 bytes of ASCII.</param>
    /// <param name="context">What else it shall depend on; may be empty.</param>
    /// <param name="destination">Filled with the material; 1 to 8,160 bytes.</param>
    /// <returns>False before the handshake is complete (<see cref="HandshakeCompleted"/>), and after the connection has ended.</returns>
    /// <exception cref="ArgumentException">The label or the destination has a length that is not possible.</exception>
    public bool TryExportKeyingMaterial(ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> destination)
    {
        if (label.Length is 0 or > ApplicationSecrets.MaxLabelLength)
            throw new ArgumentException($"A label has 1 to {ApplicationSecrets.MaxLabelLength} bytes.", nameof(label));
        if (destination.Length is 0 or > ApplicationSecrets.MaxExportLength)
            throw new ArgumentException($"1 to {ApplicationSecrets.MaxExportLength} bytes can be exported at once.", nameof(destination));
        lock (_driver.Gate)
            return !Lifetime.IsClosed && _driver.Engine.Tls.TryExportKeyingMaterial(label, context, destination);
    }

    /// <summary>
    /// How many streams of a type the peer may have opened in all by now, closed ones included (RFC 9000 §4.6). It only grows.
    /// </summary>
    /// <param name="type">The type of stream.</param>
    public long GetInboundStreamLimit(QuicStreamType type)
    {
        var direction = type == QuicStreamType.Bidirectional ? StreamDirection.Bidirectional : StreamDirection.Unidirectional;
        lock (_driver.Gate)
            return (long)_driver.Engine.Streams.InboundStreamLimit(direction);
    }

    /// <summary>How the connection fares.</summary>
    /// <returns>The figures of this moment.</returns>
    public QuicConnectionStatistics GetStatistics()
    {
        lock (_driver.Gate)
            return StatisticsOf(_driver.Engine);
    }

    /// <summary>Closes the connection with a code of the application's. Data that the peer has not acknowledged may be lost.</summary>
    /// <param name="errorCode">0 to 2^62-1.</param>
    /// <param name="cancellationToken">Cancels the wait, not the close.</param>
    /// <returns>A task that is done when the close was sent.</returns>
    public ValueTask CloseAsync(long errorCode, CancellationToken cancellationToken = default) =>
        CloseAsync(errorCode, "", cancellationToken);

    /// <summary>
    /// Closes the connection with a code and a reason of the application's. Data that the peer has not acknowledged may be lost.
    /// </summary>
    /// <param name="errorCode">0 to 2^62-1.</param>
    /// <param name="reason">A sentence for the peer's people; what does not fit in a packet is cut off.</param>
    /// <param name="cancellationToken">Cancels the wait, not the close.</param>
    /// <returns>A task that is done when the close was sent.</returns>
    public ValueTask CloseAsync(long errorCode, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        QuicConnectionOptions.CheckErrorCode(errorCode, nameof(errorCode));
        lock (_driver.Gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _driver.Close(QuicFault.ApplicationClose((ulong)errorCode, reason));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Closes the connection with <see cref="QuicConnectionOptions.DefaultCloseErrorCode"/> if it is still open. It never waits for the
    /// peer.
    /// </summary>
    /// <returns>A task that is done when the close was sent.</returns>
    public ValueTask DisposeAsync()
    {
        lock (_driver.Gate)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _driver.Close(QuicFault.ApplicationClose((ulong)Math.Max(0, _options?.DefaultCloseErrorCode ?? 0), ""));
            }
        }

        return ValueTask.CompletedTask;
    }

    internal ConnectionDriver Driver => _driver;

    internal ConnectionStreams Streams { get; }

    internal ConnectionLifetime Lifetime { get; } = new();

    internal ulong DefaultStreamErrorCode => (ulong)(_options?.DefaultStreamErrorCode ?? 0);

    // What follows is called under the connection's lock.

    /// <summary>The options are known: at once on a client, by the callback's choice on a server.</summary>
    internal void Use(QuicConnectionOptions options)
    {
        _options = options;
        if (options.KeyLog is not null)
            _keyLog = new KeyLogQueue(options.KeyLog, OnCallbackFailed);
        if (options.StreamCapacityCallback is not null)
            _capacity = new StreamCapacity(this, options.StreamCapacityCallback, OnCallbackFailed);
    }

    internal void OnEvent(in ConnectionEvent happened)
    {
        switch (happened.Kind)
        {
            case ConnectionEventKind.NeedsServerOptions:
                OnClientHello(((TlsServer)_driver.Engine.Tls).ClientHello);
                break;
            case ConnectionEventKind.NeedsCertificateVerdict:
                _judge!.Begin();
                break;
            case ConnectionEventKind.ReadyToSend:
                _listener?.OnReady(this);
                break;
            case ConnectionEventKind.HandshakeComplete:
                Lifetime.OnHandshakeComplete();
                _figures.OnHandshakeComplete();
                _listener?.OnHandshakeComplete(this);
                break;
            case ConnectionEventKind.KeyLogLine:
                _keyLog?.Add(happened.Data.Span);
                break;
            case ConnectionEventKind.StreamOpened:
                Streams.OnOpenedByPeer();
                break;
            case ConnectionEventKind.StreamReadable:
                (happened.Stream!.Owner as QuicStream)?.OnReadable();
                break;
            case ConnectionEventKind.StreamWritable:
                (happened.Stream!.Owner as QuicStream)?.OnWritable();
                break;
            case ConnectionEventKind.StreamSendClosed:
                (happened.Stream!.Owner as QuicStream)?.OnSendClosed();
                break;
            case ConnectionEventKind.StreamReceiveClosed:
                (happened.Stream!.Owner as QuicStream)?.OnReceiveClosed();
                break;
            case ConnectionEventKind.BidirectionalStreamsAvailable:
                OnCredit(StreamDirection.Bidirectional);
                break;
            case ConnectionEventKind.UnidirectionalStreamsAvailable:
                OnCredit(StreamDirection.Unidirectional);
                break;
            case ConnectionEventKind.DatagramReceived:
                _datagrams.OnReceived();
                break;
            case ConnectionEventKind.DatagramRoom:
                _datagrams.OnRoom();
                break;
            case ConnectionEventKind.Closed:
                OnClosed(_driver.Engine.Fault!, cause: null);
                break;
            default:
                Debug.Assert(happened.Kind == ConnectionEventKind.Drained);
                break;
        }
    }

    internal void OnClosed(QuicFault fault, Exception? cause)
    {
        if (Lifetime.IsClosed)
            return;
        Lifetime.OnClosed(fault, cause);
        Streams.OnClosed();
        _datagrams.OnClosed();
        _listener?.OnEnded(this);
        var report = _figures.OnEnded(Lifetime.CreateException(), _driver.Engine);
        OffLock.Run(static ended => ended.Report.Tell(ended.Logger), (Report: report, _driver.Logger));
    }

    /// <summary>At the beginning of an operation.</summary>
    internal void ThrowIfNotUsable()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ThrowIfClosed();
        if (_driver.Engine.Streams is null)
        {
            throw new InvalidOperationException(
                "The connection is not made yet; wait until the options callback has returned and the listener has handed it over.");
        }
    }

    /// <summary>In the middle of one, which disposal ends like any close.</summary>
    internal void ThrowIfClosed()
    {
        if (Lifetime.IsClosed)
            throw Lifetime.CreateException();
    }

    private void OnClientHello(ClientHelloInfo hello)
    {
        _targetHostName = hello.ServerName ?? "";
        var offered = new List<SslApplicationProtocol>();
        foreach (var protocol in hello.ApplicationProtocols)
            offered.Add(new SslApplicationProtocol(protocol.ToArray()));
        OfferedApplicationProtocols = offered;
        _chooser!.Begin(hello);
    }

    private void OnCredit(StreamDirection direction)
    {
        Streams.OnCredit(direction);
        _capacity?.OnRaised(_driver.Engine.Streams);
    }

    private void OnCallbackFailed(Exception exception)
    {
        _driver.Logger.CallbackFailed(exception);
        lock (_driver.Gate)
        {
            Lifetime.Blame(exception);
            _driver.Close(QuicFault.Internal("A callback of the application failed."));
        }
    }

    internal static QuicConnectionStatistics StatisticsOf(ConnectionEngine engine)
    {
        var read = engine.Statistics;
        return new QuicConnectionStatistics
        {
            SmoothedRtt = read.SmoothedRtt.ToTimeSpan(),
            MinRtt = read.MinRtt.ToTimeSpan(),
            LatestRtt = read.LatestRtt.ToTimeSpan(),
            RttVariation = read.RttVariation.ToTimeSpan(),
            CongestionWindow = (long)read.CongestionWindow,
            BytesInFlight = (long)read.BytesInFlight,
            BytesSent = (long)read.BytesSent,
            BytesReceived = (long)read.BytesReceived,
            PacketsSent = (long)read.PacketsSent,
            PacketsReceived = (long)read.PacketsReceived,
            PacketsLost = (long)read.PacketsLost,
            PacketsDropped = (long)read.PacketsDropped,
            DatagramsReceiveDropped = (long)read.DatagramsDropped,
            DatagramsSendDropped = (long)(engine.Datagrams?.UnsendableCount ?? 0),
            DatagramsLost = (long)read.DatagramsLost,
        };
    }

    // The sockets of clients are bound to the wildcard: the system then says which address it would send from.
    private static IPEndPoint LocalAddressOf(in NetworkPath path)
    {
        var bound = path.Local.ToEndPoint();
        return path.Local.IsUnspecified ? LocalAddress.Toward(path.Remote.ToEndPoint(), bound) : bound;
    }
}
