using System.Diagnostics;
using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// The sessions of one HTTP/3 connection: routes the peer's streams and datagrams to the session they name, keeps those that came before
/// their session for a while, and refuses those that came after it. Owns which sessions are open and how many are admitted. Any thread
/// may call; nothing of a session or a stream is called under its lock.
/// </summary>
internal sealed class ConnectionSessions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, WebTransportSession> _open = [];
    private readonly RecentlyClosedSessions _recentlyClosed = new();
    private readonly EarlyArrivals<QuicStream> _early = new();
    private readonly SessionEnvironment _environment;
    private readonly long _start;
    private ITimer? _timer;
    private int _admitted;
    private long _admissions;
    private bool _isConnectionClosed;
    private bool _isRetired;

    public ConnectionSessions(Http3Connection connection, SessionEnvironment environment)
    {
        _environment = environment;
        _start = environment.TimeProvider.GetTimestamp();
        connection.ClosingToken.UnsafeRegister(static state => ((ConnectionSessions)state!).OnConnectionClosed(), this);
    }

    /// <summary>Called when the last session that was admitted is done with, with how many there have been.</summary>
    public Action<long>? Emptied { get; set; }

    /// <summary>Sessions that are open now.</summary>
    public WebTransportSession[] OpenSessions
    {
        get
        {
            lock (_gate)
                return [.. _open.Values];
        }
    }

    /// <summary>Counts one more session, waiting or open; false when there are as many as the settings allow.</summary>
    public bool TryAdmit()
    {
        lock (_gate)
        {
            if (_isRetired || _admitted >= _environment.MaxSessionsPerConnection || !_environment.Sessions.TryAdmit())
                return false;
            _admitted++;
            _admissions++;
            return true;
        }
    }

    /// <summary>Takes a session in and gives it what came before it, in the order of arrival and ahead of what comes now.</summary>
    public void Open(WebTransportSession session)
    {
        while (!TryOpen(session, out var streams, out var datagrams))
        {
            foreach (var datagram in datagrams)
                session.OnDatagram(datagram);
            foreach (var early in streams)
                session.OnStream(early);
        }
    }

    /// <summary>An open session has ended: from now on its streams are refused.</summary>
    public void OnEnded(long sessionId)
    {
        List<QuicStream>? streams;
        lock (_gate)
        {
            _open.Remove(sessionId);
            _recentlyClosed.Add(sessionId);
            _early.TryTake(sessionId, out streams, out _);
        }

        RefuseAll(streams, sessionId, WireErrorCode.SessionGone, "the session was refused");
    }

    /// <summary>A session that was admitted is done with, and makes room for another.</summary>
    public void Release()
    {
        long admissions;
        _environment.Sessions.Release();
        lock (_gate)
        {
            Debug.Assert(_admitted > 0);
            if (--_admitted > 0)
                return;
            admissions = _admissions;
        }

        Emptied?.Invoke(admissions);
    }

    /// <summary>Admits no more, if there has been no session since there were this many; false when there has.</summary>
    public bool TryRetire(long admissions)
    {
        lock (_gate)
        {
            if (_admissions != admissions)
                return false;
            _isRetired = true;
            return true;
        }
    }

    /// <summary>
    /// A stream of the peer's whose type or signal says WebTransport; its session ID comes next. Where that is there already, as it nearly
    /// always is, the stream is routed before this returns, so that streams reach the application in the order of their arrival.
    /// </summary>
    public ValueTask OnStreamAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        try
        {
            if (!SessionIdReader.TryRead(stream, out var id))
                return OnLateStreamAsync(stream, cancellationToken);
            OnSessionId(stream, id);
        }
        catch (Exception error) when (error is QuicException or ObjectDisposedException)
        {
            Drop(stream);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>A datagram whose session has no receiver yet, or no longer.</summary>
    public void OnUnclaimedDatagram(long sessionId, ReadOnlySpan<byte> payload)
    {
        WebTransportSession? session;
        lock (_gate)
        {
            if (!_open.TryGetValue(sessionId, out session))
            {
                if (!_isConnectionClosed && !_recentlyClosed.Contains(sessionId) && _early.AddDatagram(sessionId, payload, Now))
                    ArmTimer();
                return;
            }
        }

        session.OnDatagram(payload);
    }

    private TimeSpan Now => _environment.TimeProvider.GetElapsedTime(_start);

    // False when something came before the session: it has to be handed on before anything else can overtake it. What the peer can send
    // meanwhile is bounded by its credit for streams; the order of datagrams is nobody's concern.
    private bool TryOpen(WebTransportSession session, out List<QuicStream> streams, out List<byte[]> datagrams)
    {
        lock (_gate)
        {
            if (_early.TryTake(session.ConnectStreamId, out var earlyStreams, out var earlyDatagrams))
            {
                streams = earlyStreams;
                datagrams = earlyDatagrams;
                return false;
            }

            streams = [];
            datagrams = [];
            _open.Add(session.ConnectStreamId, session);
            return true;
        }
    }

    private async ValueTask OnLateStreamAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        try
        {
            OnSessionId(stream, await SessionIdReader.ReadAsync(stream, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (error is QuicException or OperationCanceledException or ObjectDisposedException)
        {
            Drop(stream);
        }
    }

    private void OnSessionId(QuicStream stream, ulong? id)
    {
        if (id is not { } sessionId)
        {
            Drop(stream);
            return;
        }

        if (!SessionId.IsValid(sessionId))
        {
            stream.Dispose();
            throw new Http3Exception(
                Http3ErrorCode.IdError, Http3ErrorScope.Connection,
                $"Stream {stream.Id} names session {sessionId}, which is no client-initiated bidirectional stream.");
        }

        Route(stream, (long)sessionId);
    }

    // The peer ended or reset it before its header was whole, as one without RESET_STREAM_AT may, or the connection is gone. No session is
    // concerned.
    private static void Drop(QuicStream stream) => stream.Dispose();

    private void Route(QuicStream stream, long sessionId)
    {
        WebTransportSession? session;
        QuicStream? refused = null;
        var isGone = false;
        lock (_gate)
        {
            if (!_open.TryGetValue(sessionId, out session))
            {
                isGone = _isConnectionClosed || _recentlyClosed.Contains(sessionId);
                if (isGone)
                {
                    refused = stream;
                }
                else
                {
                    refused = _early.AddStream(sessionId, stream, Now);
                    ArmTimer();
                }
            }
        }

        var code = isGone ? WireErrorCode.SessionGone : WireErrorCode.BufferedStreamRejected;
        if (session is not null)
            session.OnStream(stream);
        else if (refused is not null)
            Refuse(refused, sessionId, code, isGone ? "the session has ended" : "too many streams wait for their sessions");
    }

    private void ArmTimer()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_timer is not null || _early.IsEmpty)
            return;
        var due = _early.NextDeadline - Now;
        _timer = _environment.TimeProvider.CreateTimer(
            static state => ((ConnectionSessions)state!).OnTimer(), this,
            due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        List<QuicStream> expired;
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            expired = _early.Expire(Now);
            ArmTimer();
        }

        RefuseAll(expired, -1, WireErrorCode.BufferedStreamRejected, "its session did not open in time");
    }

    private void OnConnectionClosed()
    {
        List<QuicStream> streams;
        lock (_gate)
        {
            _isConnectionClosed = true;
            _timer?.Dispose();
            _timer = null;
            streams = _early.Clear();
        }

        RefuseAll(streams, -1, WireErrorCode.SessionGone, "the connection is closed");
    }

    private void RefuseAll(List<QuicStream>? streams, long sessionId, long code, string reason)
    {
        if (streams is null)
            return;
        foreach (var stream in streams)
            Refuse(stream, sessionId, code, reason);
    }

    private void Refuse(QuicStream stream, long sessionId, long code, string reason)
    {
        _environment.Log.StreamRefused(stream.Id, sessionId, reason);
        StreamRefusal.Refuse(stream, code);
    }
}
