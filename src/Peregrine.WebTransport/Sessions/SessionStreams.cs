using System.Threading.Channels;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// The streams of one session: opens them, queues those of the peer for the application, and ends them with the session, except that
/// streams
/// of the peer's whose end has arrived can still be accepted and read until the session is disposed. It owns the set of streams that are
/// not
/// over. Any thread may call; nothing is awaited under its lock.
/// </summary>
internal sealed class SessionStreams
{
    private const int FewStreams = 64;

    private readonly Lock _gate = new();
    private readonly HashSet<WebTransportStream> _live = [];
    private readonly Channel<WebTransportStream> _bidirectional = CreateQueue();
    private readonly Channel<WebTransportStream> _unidirectional = CreateQueue();
    private readonly WebTransportSession _session;
    private readonly QuicConnection _transport;
    private readonly CancellationToken _sessionOver;
    private readonly byte[] _bidirectionalHeader;
    private readonly byte[] _unidirectionalHeader;
    private bool _hasEnded;
    private int _lookAt = FewStreams;
    private long _opened;
    private long _accepted;

    /// <param name="session">Whose streams they are.</param>
    /// <param name="transport">Where they are opened.</param>
    /// <param name="sessionOver">Fires when the session has ended.</param>
    public SessionStreams(WebTransportSession session, QuicConnection transport, CancellationToken sessionOver)
    {
        _session = session;
        _transport = transport;
        _sessionOver = sessionOver;
        _bidirectionalHeader = StreamHeader.Create(StreamHeader.BidirectionalSignal, session.ConnectStreamId);
        _unidirectionalHeader = StreamHeader.Create(StreamHeader.UnidirectionalType, session.ConnectStreamId);
    }

    /// <summary>Streams that are not over.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                ForgetOver();
                return _live.Count;
            }
        }
    }

    /// <summary>Streams this side has opened.</summary>
    public long Opened => Interlocked.Read(ref _opened);

    /// <summary>Streams of the peer's that were taken in.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    public async ValueTask<WebTransportStream> OpenAsync(QuicStreamType type, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_session.IsOver)
            throw _session.EndedException(null);
        QuicStream? stream = null;
        WebTransportStream? opened = null;
        try
        {
            if (!_transport.TryOpenOutboundStream(type, out stream))
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _sessionOver);
                stream = await _transport.OpenOutboundStreamAsync(type, either.Token).ConfigureAwait(false);
            }

            // Even a stream that is reset at once tells the peer which session it was for (draft-ietf-webtrans-http3 §4.4).
            var header = type == QuicStreamType.Bidirectional ? _bidirectionalHeader : _unidirectionalHeader;
            stream!.ReliableSize = header.Length;
            opened = new WebTransportStream(_session, stream, header.Length);
            if (!TryTrack(opened))
                throw _session.EndedException(null);
            await stream.WriteAsync(header, completeWrites: false, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _opened);
            WebTransportMetrics.OnStreamOpened(type, byPeer: false);
            return opened;
        }
        catch (Exception error)
        {
            if (stream is not null)
                StreamRefusal.Refuse(stream, WireErrorCode.SessionGone);
            if (error is OperationCanceledException && cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(error.Message, error, cancellationToken);
            if (opened is not null && error is QuicException failure)
                throw opened.Translate(failure);
            if (error is OperationCanceledException || SessionFailures.IsTransport(error))
                throw _session.EndedException(error);
            throw;
        }
    }

    public async ValueTask<WebTransportStream> AcceptAsync(QuicStreamType type, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var stream = await QueueOf(type).Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (!stream.IsCut)
                    return stream;
            }
        }
        catch (ChannelClosedException)
        {
            throw _session.EndedException(null);
        }
    }

    /// <summary>A stream of the peer's; its body comes next.</summary>
    public void OnStream(QuicStream stream)
    {
        var accepted = new WebTransportStream(_session, stream, sentHeader: 0);
        if (!TryTrack(accepted))
        {
            StreamRefusal.Refuse(stream, WireErrorCode.SessionGone);
            return;
        }

        Interlocked.Increment(ref _accepted);
        WebTransportMetrics.OnStreamOpened(stream.Type, byPeer: true);

        // A queue that was completed in between refuses; the stream has been ended with the session then.
        _ = QueueOf(stream.Type).Writer.TryWrite(accepted);
    }

    /// <summary>
    /// draft-ietf-webtrans-http3 §6: resets and stops every stream, but for those that arrived whole; new ones are refused.
    /// </summary>
    public void End()
    {
        WebTransportStream[] streams;
        lock (_gate)
        {
            _hasEnded = true;
            streams = [.. _live];
            _live.Clear();
        }

        foreach (var stream in streams)
            stream.EndWithSession();
        _bidirectional.Writer.TryComplete();
        _unidirectional.Writer.TryComplete();
    }

    /// <summary>After <see cref="End"/>: drops what was not accepted.</summary>
    public void Discard()
    {
        foreach (var queue in (ReadOnlySpan<Channel<WebTransportStream>>)[_bidirectional, _unidirectional])
        {
            while (queue.Reader.TryRead(out var stream))
                stream.Dispose();
        }
    }

    // Not bounded here: the peer cannot open more streams than the connection's credit allows.
    private static Channel<WebTransportStream> CreateQueue() => Channel.CreateUnbounded<WebTransportStream>();

    private Channel<WebTransportStream> QueueOf(QuicStreamType type) =>
        type == QuicStreamType.Bidirectional ? _bidirectional : _unidirectional;

    private bool TryTrack(WebTransportStream stream)
    {
        lock (_gate)
        {
            if (_hasEnded || _session.IsOver)
                return false;
            if (_live.Count >= _lookAt)
                ForgetOver();
            _live.Add(stream);
        }

        return true;
    }

    // W4: streams that are over must not stay behind in a session that lives long. Looking after them only when their number has doubled
    // costs a constant for each, and no task.
    private void ForgetOver()
    {
        _live.RemoveWhere(static stream => stream.IsOver);
        _lookAt = Math.Max(FewStreams, 2 * _live.Count);
    }
}
