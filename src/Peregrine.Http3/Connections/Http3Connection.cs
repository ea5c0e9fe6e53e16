using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// One HTTP/3 connection (RFC 9114) over a QUIC connection, which it owns and closes. It runs three loops: the peer's streams, the peer's
/// control stream, and the datagrams. All members may be called from any thread.
/// </summary>
public abstract class Http3Connection : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Type, object> _states = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _peerGoingAway = new();
    private readonly TaskCompletionSource<Http3Settings> _peerSettings = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InboundStreams _inbound;
    private readonly ControlStreamSender _control;
    private readonly DatagramLoop _datagrams;
    private Task _loops = Task.CompletedTask;
    private Http3Exception? _failure;
    private Task? _goingAway;
    private long _peerGoAwayId = -1;
    private int _isClosed;

    private protected Http3Connection(QuicConnection transport, Http3ConnectionOptions? options, bool isServer)
    {
        ArgumentNullException.ThrowIfNull(transport);
        options ??= new Http3ConnectionOptions();
        options.Validate();
        Transport = transport;
        Options = options;
        IsServer = isServer;
        Extensions = options.Extensions.Freeze();
        Log = options.LoggerFactory.CreateLogger("Peregrine.Http3");
        var glitches = new GlitchBudget(options.MaxGlitches, options.GlitchesPerSecond, options.TimeProvider);
        Limits = new MessageLimits(options.MaxFieldSectionSize, options.MaxInterimResponses, glitches, Extensions.Bidirectional);
        AcceptsDatagrams = options.EnableDatagrams && transport.AcceptsDatagrams;
        ClosingToken = _closing.Token;
        PeerGoingAway = _peerGoingAway.Token;
        _inbound = new InboundStreams(this);
        _control = new ControlStreamSender(this);
        _datagrams = new DatagramLoop(this);
        // Nobody has to wait for the settings, so their absence must not become an unobserved exception.
        _ = _peerSettings.Task.ContinueWith(
            static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>The QUIC connection underneath. Do not accept streams or receive datagrams on it: this connection does.</summary>
    public QuicConnection Transport { get; }

    /// <summary>True on a server.</summary>
    public bool IsServer { get; }

    /// <summary>
    /// Done when the peer's SETTINGS arrived and were found valid. Faults with an <see cref="Http3Exception"/> when the connection ends
    /// before.
    /// </summary>
    public Task<Http3Settings> PeerSettings => _peerSettings.Task;

    /// <summary>
    /// Fires when the peer sent its first GOAWAY (RFC 9114 §5.2): it will end the connection once the requests under way are done.
    /// </summary>
    public CancellationToken PeerGoingAway { get; }

    /// <summary>Fires when the connection is closed by either side.</summary>
    public CancellationToken ClosingToken { get; }

    /// <summary>
    /// What the peer's latest GOAWAY named: on a client the first request stream that is not processed, on a server a push ID. Null
    /// before.
    /// </summary>
    public long? PeerGoAwayId => Volatile.Read(ref _peerGoAwayId) is var id and >= 0 ? id : null;

    /// <summary>Datagrams dropped because no request and no extension wanted them.</summary>
    public long DatagramsDropped => _datagrams.Dropped;

    /// <summary>Things the peer sent that were legal and useless; see <see cref="Http3ConnectionOptions.MaxGlitches"/>.</summary>
    public long GlitchCount => Limits.Glitches.Spent;

    /// <summary>Requests of the peer that began, those rejected included.</summary>
    internal virtual long RequestsSeen => 0;

    /// <summary>Whether this side takes HTTP datagrams: its options say so, and those of the transport.</summary>
    internal bool AcceptsDatagrams { get; }

    internal Http3ConnectionOptions Options { get; }

    internal Http3Extensions.FrozenTable Extensions { get; }

    internal MessageLimits Limits { get; }

    internal ILogger Log { get; }

    internal DatagramRoutes Datagrams => _datagrams.Routes;

    /// <summary>Takes a datagram that came in a capsule (RFC 9297 §3.5): it means what one in a QUIC datagram means.</summary>
    internal void DeliverDatagram(long streamId, ReadOnlySpan<byte> payload) => _datagrams.Deliver(streamId, payload);

    /// <summary>What ended the connection, when it was an error this side found.</summary>
    internal Http3Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether datagrams may be sent: both sides announced them (RFC 9297 §2.1.1).</summary>
    internal bool CanSendDatagrams =>
        AcceptsDatagrams && PeerSettings.IsCompletedSuccessfully && PeerSettings.Result.H3Datagram;

    /// <summary>
    /// The connection's one object of this type, made at the first call: where an extension keeps what belongs to the connection.
    /// </summary>
    public T GetOrAddState<T>(Func<Http3Connection, T> create)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(create);
        // The lock makes sure that one object is made, not merely that one is kept.
        lock (_states)
            return (T)_states.GetOrAdd(typeof(T), static (_, state) => state.create(state.connection), (create, connection: this));
    }

    /// <summary>
    /// Tells the peer that no more requests (or, from a client, pushes) are taken, and lets those under way finish (GOAWAY, RFC 9114 §5.2).
    /// A server says it twice: first that it is going away, and a round trip later, when no request can be on its way any more, which
    /// requests it served. Later calls wait for the first.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait, not the GOAWAY.</param>
    /// <exception cref="QuicException">The connection has ended.</exception>
    /// <exception cref="Http3Exception">The connection ended before it could say anything.</exception>
    public ValueTask GoAwayAsync(CancellationToken cancellationToken = default)
    {
        Task goingAway;
        lock (_control)
            goingAway = _goingAway ??= SendGoAwayAsync(_control);
        return new ValueTask(goingAway.WaitAsync(cancellationToken));
    }

    /// <summary>Closes the connection for good (RFC 9114 §5.3). Requests under way fail.</summary>
    /// <param name="code">Why; H3_NO_ERROR when nothing is wrong.</param>
    /// <param name="reason">One sentence for the peer's people.</param>
    /// <param name="cancellationToken">Cancels the wait, not the close.</param>
    public async ValueTask CloseAsync(Http3ErrorCode code, string reason = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (!TryBeginClose())
            return;
        ValueTask closing = default;
        try
        {
            closing = Transport.CloseAsync((long)code, reason, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            // Whoever disposed the transport closed it; those who wait on this connection hear of it all the same.
        }

        OnClosing(Http3Exception.OnConnection(Http3ErrorCode.NoError, "The connection was closed by this side."));
        await closing.ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until every stream that had arrived before this call was given to its handler, for an extension that has to know before it
    /// acts
    /// on something else, such as the end of what its streams belong to.
    /// </summary>
    /// <returns>A task that is done then, or when the connection has ended and the last stream was given out.</returns>
    public Task ServeArrivedStreamsAsync() => _inbound.ServeArrivedAsync();

    /// <summary>Closes the connection with H3_NO_ERROR unless it is closed, and waits until its loops have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync(Http3ErrorCode.NoError).ConfigureAwait(false);
        await Transport.DisposeAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts the loops. The derived constructor calls this last.</summary>
    private protected void Start()
    {
        _loops = Task.WhenAll(
            RunLoopAsync(_control.RunAsync), RunLoopAsync(_inbound.RunAsync),
            RunLoopAsync(_datagrams.RunAsync), RunLoopAsync(WatchTransportAsync));
    }

    /// <summary>Says on the control stream that this side goes away. Called once.</summary>
    private protected abstract Task SendGoAwayAsync(ControlStreamSender control);

    /// <summary>A GOAWAY of the peer with a valid ID, for the first time or with a smaller one.</summary>
    private protected abstract void OnPeerGoAway(long id);

    /// <summary>A bidirectional stream of the peer that is a request, not an extension's; its first byte is still to be read.</summary>
    internal abstract ValueTask OnRequestStreamAsync(QuicStream stream);

    /// <summary>The connection has ended; nothing more will come.</summary>
    private protected virtual void OnClosed()
    {
    }

    internal void OnPeerSettings(Http3Settings settings)
    {
        Options.Extensions.PeerSettingsReceived?.Invoke(this, settings);
        _peerSettings.TrySetResult(settings);
    }

    internal void OnGoAway(long id)
    {
        Volatile.Write(ref _peerGoAwayId, id);
        OnPeerGoAway(id);
        if (!_peerGoingAway.IsCancellationRequested)
            _ = _peerGoingAway.CancelQuietlyAsync(Log);
    }

    /// <summary>Ends the connection because of an error that reaches that far.</summary>
    internal void Fail(Http3Exception error)
    {
        if (!TryBeginClose())
            return;

        // Before anyone hears of it: whoever does may dispose the connection, which would close it without this error's code.
        _ = CloseTransportAsync(error);
        OnClosing(error);
        Http3Metrics.Errors.Add(1, Http3Metrics.ErrorType(error.ErrorCode));
        Log.ConnectionFailed(error.ErrorCode, error.Sentence);
        if (error is { ErrorCode: Http3ErrorCode.InternalError, InnerException: { } cause })
            Log.LoopFailed(cause);
    }

    /// <summary>Ends the connection because one of its loops failed as it should not have.</summary>
    internal void FailInternally(Exception exception)
    {
        try
        {
            Fail(new Http3Exception(
                Http3ErrorCode.InternalError, Http3ErrorScope.Connection, "Something of this library failed.", exception));
        }
#pragma warning disable CA1031 // The log itself may be what failed; the connection is closed by now.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>
    /// What became of a stream or loop that threw: a connection error closes the connection, anything else is the caller's to handle.
    /// </summary>
    internal bool FailIfConnectionError(Exception exception)
    {
        if (exception is not Http3Exception { Scope: Http3ErrorScope.Connection } error)
            return false;
        Fail(error);
        return true;
    }

    /// <summary>The peer did what is legal and useless; too much of it closes the connection.</summary>
    internal void OnGlitch(string what)
    {
        try
        {
            Limits.Glitches.Spend(what);
        }
        catch (Http3Exception error)
        {
            Fail(error);
        }
    }

    /// <summary>Has a task of nobody's awaited: what it throws is logged.</summary>
    internal async Task ObserveAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection has ended.
        }
#pragma warning disable CA1031 // Nobody else hears of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.BackgroundFailed(exception);
        }
    }

    // A loop that ended without the connection's end would leave a connection that hears nothing.
    private async Task RunLoopAsync(Func<Task> loop)
    {
        try
        {
            await Task.Run(loop).ConfigureAwait(false);
        }
        catch (Http3Exception error)
        {
            Fail(error);
        }
#pragma warning disable CA1031 // Whatever it was, the connection ends and says so.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            FailInternally(exception);
        }
    }

    private async Task CloseTransportAsync(Http3Exception error)
    {
        try
        {
            await Transport.CloseAsync((long)error.ErrorCode, error.Sentence).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException)
        {
            Log.CloseFailed(exception);
        }
    }

    private async Task WatchTransportAsync()
    {
        var reason = await Transport.Closed.ConfigureAwait(false);
        if (!TryBeginClose())
            return;
        OnClosing(TransportFailures.OfConnection(reason));
    }

    private bool TryBeginClose() => Interlocked.Exchange(ref _isClosed, 1) == 0;

    private void OnClosing(Http3Exception failure)
    {
        Volatile.Write(ref _failure, failure);
        _peerSettings.TrySetException(failure);
        OnClosed();
        _ = _closing.CancelQuietlyAsync(Log);
    }
}
