using System.Net;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// A WebTransport session: streams of both kinds from either side, and datagrams, until one side closes it
/// (draft-ietf-webtrans-http3 §4, §6). All members may be called from any thread. Dispose it to close it with code 0.
/// </summary>
public sealed class WebTransportSession : IAsyncDisposable
{
    private static long _lastId;

    private readonly Lock _gate = new();
    private readonly Http3RequestStream _request;
    private readonly ConnectionSessions _connection;
    private readonly SessionEnvironment _environment;
    private readonly RequestTarget _target;
    private readonly SessionControl _control;
    private readonly DatagramReceiver _datagrams;
    private readonly SessionStreams _streams;
    private readonly TaskCompletionSource<WebTransportCloseInfo> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _over = new();
    private WebTransportCloseInfo? _closeInfo;
    private CancellationTokenRegistration _goingAway;
    private long _datagramsSent;
    private long _startedAt;
    private bool _hasStarted;

    internal WebTransportSession(
        Http3RequestStream request, ConnectionSessions connection, SessionEnvironment environment, RequestTarget target)
    {
        _request = request;
        _connection = connection;
        _environment = environment;
        _target = target;
        Id = Interlocked.Increment(ref _lastId);
        RemoteEndPoint = request.Connection.Transport.RemoteEndPoint;
        Draining = _draining.Token;
        ClosedToken = _over.Token;
        _datagrams = new DatagramReceiver(environment.DatagramReceiveQueueLength, environment.DatagramReceiveQueueBytes);
        _streams = new SessionStreams(this, request.Connection.Transport, _over.Token);
        _control = new SessionControl(this, request, environment);
    }

    /// <summary>A number that no other session of this process has or had: the key for dictionaries, and what logs say.</summary>
    public long Id { get; }

    /// <summary>
    /// The ID of the QUIC stream that carries the session's request, which is what the protocol calls the session's ID: the same on both
    /// sides, but unique in the connection only; 0 for the first session of each.
    /// </summary>
    public long ConnectStreamId => _request.StreamId;

    /// <summary>The path the session was opened for, without the query; begins with a slash.</summary>
    public string Path => _target.Path;

    /// <summary>The query it was opened with, from its question mark on; empty when there is none.</summary>
    public string Query => _target.Query;

    /// <summary>The server's host as the client asked for it and, unless it is 443, the port.</summary>
    public string Authority => _target.Authority;

    /// <summary>The peer's address and port.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>This side's address and port.</summary>
    public IPEndPoint LocalEndPoint => _request.Connection.Transport.LocalEndPoint;

    /// <summary>The certificate the server showed; null on the server, since clients show none.</summary>
    public X509Certificate? RemoteCertificate => _request.Connection.Transport.RemoteCertificate;

    /// <summary>The header fields of the request that opened the session.</summary>
    public WebTransportHeaders RequestHeaders => _target.Headers;

    /// <summary>The header fields of the response that accepted it.</summary>
    public WebTransportHeaders ResponseHeaders { get; private set; } = WebTransportHeaders.Empty;

    /// <summary>The HTTP status that accepted it, 200 to 299.</summary>
    public int StatusCode { get; private set; }

    /// <summary>Whether the session is open: neither side has ended it, as far as this side knows.</summary>
    public bool IsOpen => !IsOver;

    /// <summary>Fires when the session has ended, for whatever reason; <see cref="Closed"/> is completed then and says why.</summary>
    public CancellationToken ClosedToken { get; }

    /// <summary>How the session ended, once it has. Never faults, whatever ended it.</summary>
    public Task<WebTransportCloseInfo> Closed => _closed.Task;

    /// <summary>
    /// Fires when the peer asks to finish soon (WT_DRAIN_SESSION, or GOAWAY of the connection; draft-ietf-webtrans-http3 §4.7). Everything
    /// works as before; well-behaved applications bring their work to an end and close the session.
    /// </summary>
    public CancellationToken Draining { get; }

    /// <summary>
    /// The most bytes a datagram can carry now, which may change with the path; 0 when the peer takes none or the session is over.
    /// </summary>
    public int MaxDatagramSize => IsOver ? 0 : _request.MaxDatagramSize;

    /// <summary>How the session fares at this moment.</summary>
    public WebTransportStatistics Statistics
    {
        get
        {
            var transport = _request.Connection.Transport.GetStatistics();
            var (received, dropped) = _datagrams.Counters;
            return new WebTransportStatistics
            {
                SmoothedRoundTripTime = transport.SmoothedRtt,
                MinRoundTripTime = transport.MinRtt,
                LatestRoundTripTime = transport.LatestRtt,
                RoundTripTimeVariation = transport.RttVariation,
                BytesSent = transport.BytesSent,
                BytesReceived = transport.BytesReceived,
                PacketsSent = transport.PacketsSent,
                PacketsReceived = transport.PacketsReceived,
                PacketsLost = transport.PacketsLost,
                DatagramsReceived = received + transport.DatagramsReceiveDropped,
                DatagramsReceiveDropped = dropped + transport.DatagramsReceiveDropped,
                DatagramsSent = Interlocked.Read(ref _datagramsSent),
                DatagramsLost = transport.DatagramsLost,
                OpenStreams = _streams.Count,
                StreamsOpened = _streams.Opened,
                StreamsAccepted = _streams.Accepted,
            };
        }
    }

    /// <summary>Whether the session has ended, here or at the peer.</summary>
    internal bool IsOver => Volatile.Read(ref _closeInfo) is not null;

    /// <summary>
    /// Opens a stream on which both sides can send. Waits while the peer allows no more streams. The peer hears of it at once.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="WebTransportException">The session has ended.</exception>
    public ValueTask<WebTransportStream> OpenBidirectionalStreamAsync(CancellationToken cancellationToken = default) =>
        _streams.OpenAsync(QuicStreamType.Bidirectional, cancellationToken);

    /// <summary>
    /// Opens a stream on which only this side can send. Waits while the peer allows no more streams. The peer hears of it at once.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="WebTransportException">The session has ended.</exception>
    public ValueTask<WebTransportStream> OpenUnidirectionalStreamAsync(CancellationToken cancellationToken = default) =>
        _streams.OpenAsync(QuicStreamType.Unidirectional, cancellationToken);

    /// <summary>Waits for the next bidirectional stream the peer opens. A cancelled call loses none.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="WebTransportException">The session has ended.</exception>
    public ValueTask<WebTransportStream> AcceptBidirectionalStreamAsync(CancellationToken cancellationToken = default) =>
        _streams.AcceptAsync(QuicStreamType.Bidirectional, cancellationToken);

    /// <summary>Waits for the next unidirectional stream the peer opens. A cancelled call loses none.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="WebTransportException">The session has ended.</exception>
    public ValueTask<WebTransportStream> AcceptUnidirectionalStreamAsync(CancellationToken cancellationToken = default) =>
        _streams.AcceptAsync(QuicStreamType.Unidirectional, cancellationToken);

    /// <summary>
    /// The bidirectional streams the peer opens, one after the other, until the session is closed by either side: then the sequence ends.
    /// Each stream belongs to whoever took it. Several enumerations share the streams.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait for the next; no stream is lost.</param>
    /// <exception cref="WebTransportException">The connection was lost, which is no close
    /// (<see cref="WebTransportError.ConnectionFailed"/>).</exception>
    public IAsyncEnumerable<WebTransportStream> AcceptBidirectionalStreamsAsync(CancellationToken cancellationToken = default) =>
        UntilClosed.EnumerateAsync(AcceptBidirectionalStreamAsync, cancellationToken);

    /// <summary>
    /// The unidirectional streams the peer opens, one after the other, until the session is closed by either side: then the sequence ends.
    /// Each stream belongs to whoever took it. Several enumerations share the streams.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait for the next; no stream is lost.</param>
    /// <exception cref="WebTransportException">The connection was lost, which is no close
    /// (<see cref="WebTransportError.ConnectionFailed"/>).</exception>
    public IAsyncEnumerable<WebTransportStream> AcceptUnidirectionalStreamsAsync(CancellationToken cancellationToken = default) =>
        UntilClosed.EnumerateAsync(AcceptUnidirectionalStreamAsync, cancellationToken);

    /// <summary>Gives a datagram to the network, if there is room for it now. It may be lost or overtaken on the way.</summary>
    /// <param name="datagram">The payload, copied; at most <see cref="MaxDatagramSize"/> bytes.</param>
    /// <returns>What became of it.</returns>
    public WebTransportDatagramResult TrySendDatagram(ReadOnlySpan<byte> datagram)
    {
        if (IsOver)
            return WebTransportDatagramResult.Closed;
        // The same results by the same numbers.
        var result = (WebTransportDatagramResult)_request.TrySendDatagram(datagram);
        if (result == WebTransportDatagramResult.Queued)
            OnDatagramSent();
        return result;
    }

    /// <summary>Gives a datagram to the network, and waits for room in the send queue if need be.</summary>
    /// <param name="datagram">The payload, at most <see cref="MaxDatagramSize"/> bytes; it must not change until the task is done.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that is done when the datagram was taken.</returns>
    /// <exception cref="ArgumentException">The datagram is longer than <see cref="MaxDatagramSize"/>.</exception>
    /// <exception cref="NotSupportedException">The peer takes no datagrams.</exception>
    /// <exception cref="WebTransportException">The session has ended.</exception>
    public ValueTask SendDatagramAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return TrySendDatagram(datagram.Span) switch
        {
            WebTransportDatagramResult.Queued => ValueTask.CompletedTask,
            WebTransportDatagramResult.TooLarge => ValueTask.FromException(new ArgumentException(
                $"The datagram has {datagram.Length} bytes; at most {MaxDatagramSize} fit now. Split it, or use a stream.",
                nameof(datagram))),
            WebTransportDatagramResult.Unsupported =>
                ValueTask.FromException(new NotSupportedException("The peer takes no datagrams; use a stream.")),
            WebTransportDatagramResult.Closed => ValueTask.FromException(EndedException(null)),
            _ => SendWhenThereIsRoomAsync(datagram, cancellationToken),
        };
    }

    /// <summary>
    /// Receives the next datagram. A cancelled call loses none. Several may wait at once; each datagram goes to one of them. What came
    /// before the session ended can still be received.
    /// </summary>
    /// <param name="buffer">Where the payload goes; 65,535 bytes hold any.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The length of the datagram.</returns>
    /// <exception cref="ArgumentException">The buffer is too short for the datagram, which stays in the queue.</exception>
    /// <exception cref="WebTransportException">The session has ended.</exception>
    public ValueTask<int> ReceiveDatagramAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _datagrams.ReceiveAsync(buffer, cancellationToken);

    /// <summary>
    /// Receives a datagram if one is there: no task, no wait, for loops that drain what has come at their own tick. What came before the
    /// session ended can still be received.
    /// </summary>
    /// <param name="buffer">Where the payload goes; 65,535 bytes hold any.</param>
    /// <param name="length">The length of the datagram, which may be 0; 0 when there is none.</param>
    /// <returns>False when none is there; <see cref="IsOpen"/> tells whether more can come.</returns>
    /// <exception cref="ArgumentException">The buffer is too short for the datagram, which stays in the queue.</exception>
    public bool TryReceiveDatagram(Span<byte> buffer, out int length) => _datagrams.TryReceive(buffer, out length);

    /// <summary>
    /// The datagrams the peer sends, each in an array of its own, until the session is closed by either side and those that had come are
    /// taken: then the sequence ends. Where an array for each is too much, use <see cref="ReceiveDatagramAsync"/> or
    /// <see cref="TryReceiveDatagram"/>. Several enumerations share the datagrams.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait for the next; no datagram is lost.</param>
    /// <exception cref="WebTransportException">The connection was lost, which is no close
    /// (<see cref="WebTransportError.ConnectionFailed"/>).</exception>
    public IAsyncEnumerable<byte[]> ReceiveDatagramsAsync(CancellationToken cancellationToken = default) =>
        UntilClosed.EnumerateAsync(new DatagramCopies(this).NextAsync, cancellationToken);

    /// <summary>Asks the peer to finish soon; its <see cref="Draining"/> fires. The session goes on until someone closes it.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="WebTransportException">The session has ended.</exception>
    public async ValueTask DrainAsync(CancellationToken cancellationToken = default)
    {
        if (IsOver)
            throw EndedException(null);
        try
        {
            await _control.SendDrainAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (SessionFailures.IsTransport(error))
        {
            throw EndedException(error);
        }
    }

    /// <summary>
    /// Ends the session: the peer gets the code and the reason, and every stream of the session ends at once on both sides, except that
    /// what
    /// has arrived whole, to the end of its stream, can still be accepted and read, here and at the peer, until the session is disposed. So
    /// whoever wants all of it read awaits <see cref="WebTransportStream.WritesClosed"/> of its streams, then closes. Without effect when
    /// the
    /// session has ended already. On a client the connection is closed as well.
    /// </summary>
    /// <param name="code">The application's code, any 32-bit number; 0 usually says that all is well.</param>
    /// <param name="reason">A sentence for the peer's people, cut to 1,024 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Cancels the wait, not the close.</param>
    /// <returns>A task that is done when the peer has answered, at the latest after <see
    /// cref="WebTransportOptions.CloseTimeout"/>.</returns>
    public async ValueTask CloseAsync(uint code = 0, string reason = "", CancellationToken cancellationToken = default)
    {
        Abort(code, reason);
        await _control.Finished.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the session as <see cref="CloseAsync"/> does, and waits for nothing: the peer gets the code and the reason if it can be
    /// reached. Without effect when the session has ended already.
    /// </summary>
    /// <param name="code">The application's code, any 32-bit number.</param>
    /// <param name="reason">A sentence for the peer's people, cut to 1,024 bytes of UTF-8.</param>
    public void Abort(uint code = 0, string reason = "")
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (!BeginEnd(new WebTransportCloseInfo(code, reason, WebTransportCloseInitiator.Local)))
            return;

        // The capsule goes first, so that the peer learns why before its streams break.
        _control.StartClose(code, reason);
        FinishEnd();
    }

    /// <summary>
    /// Closes the session with code 0 and no reason, unless it has ended, and lets go of streams and datagrams that were not taken. It does
    /// not depend on the peer: it is done at the latest after <see cref="WebTransportOptions.CloseTimeout"/>.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _streams.Discard();
        _datagrams.Discard();
    }

    /// <summary>The session's number, with whom, for what, and how it is.</summary>
    public override string ToString() =>
        $"WebTransport session {Id} with {RemoteEndPoint} for {_target.PathAndQuery}, {Volatile.Read(ref _closeInfo)?.ToString() ?? "open"}";

    /// <summary>
    /// Takes the peer's streams from now on. It comes before the response is sent, or waited for: the other side may open a hundred streams
    /// in the next packet. <see cref="Start"/> or <see cref="Abandon"/> follows.
    /// </summary>
    internal void Join() => _connection.Open(this);

    /// <summary>The session did not come about.</summary>
    internal void Abandon(Exception? cause)
    {
        End(new WebTransportCloseInfo(0, "", WebTransportCloseInitiator.Connection, cause));
        _control.Dispose();
    }

    /// <summary>Starts to read what the peer sends about the session, and to receive its datagrams.</summary>
    /// <param name="status">The status of the response that accepted it.</param>
    /// <param name="responseHeaders">Its header fields.</param>
    /// <param name="finished">Called once when nothing of the session is under way any more, even if it failed.</param>
    internal void Start(int status, HttpFields responseHeaders, Func<ValueTask> finished)
    {
        StatusCode = status;
        ResponseHeaders = WebTransportHeaders.ReadOnly(responseHeaders);
        CountStart();
        _request.ReceiveDatagrams(OnDatagram);
        _goingAway = _request.Connection.PeerGoingAway.UnsafeRegister(static session => ((WebTransportSession)session!).OnDrain(), this);
        _control.Start(finished);
    }

    /// <summary>A stream of the peer's that names this session; its body comes next.</summary>
    internal void OnStream(QuicStream stream) => _streams.OnStream(stream);

    internal void OnDatagram(ReadOnlySpan<byte> payload) => _datagrams.OnDatagram(payload);

    internal void OnDrain()
    {
        if (!_draining.IsCancellationRequested)
            _ = BackgroundFailures.ObserveAsync(_draining.CancelAsync(), _environment.Log);
    }

    /// <summary>Ends the session for a reason that came from outside; false when it had ended before.</summary>
    internal bool End(WebTransportCloseInfo closeInfo)
    {
        if (!BeginEnd(closeInfo))
            return false;
        FinishEnd();
        return true;
    }

    /// <summary>What operations on an ended, or ending, session fail with.</summary>
    internal WebTransportException EndedException(Exception? cause)
    {
        if (Volatile.Read(ref _closeInfo) is not { } info)
        {
            // The session's stream has not told yet why; the failure itself does.
            return cause is QuicException { ApplicationErrorCode: WireErrorCode.SessionGone }
                ? new(WebTransportError.SessionClosed, WebTransportErrorSource.Session, null, "The peer has ended the session.", cause)
                : new(WebTransportError.ConnectionFailed, WebTransportErrorSource.Session, null,
                    $"The connection was lost: {cause?.Message}", cause);
        }

        return info.Initiator == WebTransportCloseInitiator.Connection
            ? new(WebTransportError.ConnectionFailed, WebTransportErrorSource.Session, null,
                $"The session was lost: {info.ConnectionError?.Message}", info.ConnectionError)
            : new(WebTransportError.SessionClosed, WebTransportErrorSource.Session, info.Code, $"The session was closed: {info}.", cause);
    }

    private async ValueTask SendWhenThereIsRoomAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _over.Token);
        try
        {
            await _request.SendDatagramAsync(datagram, either.Token).ConfigureAwait(false);
            OnDatagramSent();
        }
        catch (OperationCanceledException error) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }
        catch (Exception error)
            when (error is OperationCanceledException or InvalidOperationException || SessionFailures.IsTransport(error))
        {
            throw EndedException(error);
        }
    }

    private void OnDatagramSent()
    {
        Interlocked.Increment(ref _datagramsSent);
        WebTransportMetrics.OnDatagramSent();
    }

    // It may have ended before it was started, and is counted both times or never.
    private void CountStart()
    {
        lock (_gate)
        {
            if (_closeInfo is not null)
                return;
            _hasStarted = true;
            _startedAt = _environment.TimeProvider.GetTimestamp();
            _environment.Sessions.OnOpened();
        }
    }

    private void CountEnd()
    {
        if (!_hasStarted)
            return;
        _environment.Sessions.OnEnded();
        WebTransportMetrics.OnSessionEnded(_environment.Role, _closeInfo!, _environment.TimeProvider.GetElapsedTime(_startedAt));
    }

    private bool BeginEnd(WebTransportCloseInfo closeInfo)
    {
        lock (_gate)
        {
            if (_closeInfo is not null)
                return false;
            Volatile.Write(ref _closeInfo, closeInfo);
        }

        _environment.Log.SessionEnded(Id, closeInfo);
        return true;
    }

    // draft-ietf-webtrans-http3 §6: reset and stop every stream of the session; no new streams, no new datagrams.
    private void FinishEnd()
    {
        _connection.OnEnded(ConnectStreamId);
        _request.ReceiveDatagrams(null);
        _goingAway.Unregister();

        // First of all: whoever hears from a stream or an accept that the session has ended can ask how.
        _closed.TrySetResult(_closeInfo!);
        _streams.End();
        _datagrams.End(() => EndedException(null));
        _ = BackgroundFailures.ObserveAsync(_over.CancelAsync(), _environment.Log);
        CountEnd();
    }
}
