using System.Diagnostics.CodeAnalysis;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// All streams of one connection: what frames about streams and flow control do, what of them is sent, and what becomes of it. Not
/// synchronised. The engine calls <c>On…</c> for each frame received and closes the connection with the fault that returns, then writes
/// frames while <see cref="HasPending"/>, and reports the fate of each frame written. It owns every stream until
/// <see cref="Release"/> and the stream's end; the <see cref="BlockPool"/> is the connection's.
/// </summary>
internal sealed class StreamSet
{
    private readonly ConnectionEvents _events;
    private readonly bool _isServer;
    private readonly StreamTable _table;
    private readonly ConnectionFlowControl _flowControl;
    private readonly SendScheduler _scheduler;
    private readonly StreamQueue _control = new(StreamQueueKind.Control);
    private readonly StreamQueue _blocked = new(StreamQueueKind.Blocked);
    private Instant _now;
    private Duration _minRtt;

    public StreamSet(bool isServer, StreamSettings settings, BlockPool pool, ConnectionEvents events)
    {
        Settings = settings;
        Pool = pool;
        _events = events;
        _isServer = isServer;
        _table = new StreamTable(isServer, this, settings);
        _flowControl = new ConnectionFlowControl(settings);
        _scheduler = new SendScheduler(_flowControl.Credit);
        Budget = new SendBudget(settings);
    }

    // Our transport parameters.
    public ulong InitialMaxData => Settings.InitialConnectionWindow;

    public ulong InitialMaxStreamDataBidiLocal => Settings.LocalBidirectionalWindow ?? Settings.InitialStreamWindow;

    public ulong InitialMaxStreamDataBidiRemote => Settings.RemoteBidirectionalWindow ?? Settings.InitialStreamWindow;

    public ulong InitialMaxStreamDataUni => Settings.UnidirectionalWindow ?? Settings.InitialStreamWindow;

    /// <summary>What the transport parameters promised for a stream that the peer sends on (RFC 9000 §18.2).</summary>
    internal ulong InitialWindowOf(ulong streamId)
    {
        if (StreamId.DirectionOf(streamId) == StreamDirection.Unidirectional)
            return InitialMaxStreamDataUni;
        return StreamId.IsServerInitiated(streamId) == _isServer ? InitialMaxStreamDataBidiLocal : InitialMaxStreamDataBidiRemote;
    }

    public ulong InitialMaxStreamsBidi => Settings.MaxInboundBidirectionalStreams;

    public ulong InitialMaxStreamsUni => Settings.MaxInboundUnidirectionalStreams;

    /// <summary>The engine keeps it; windows grow by it.</summary>
    public Duration SmoothedRtt { get; set; }

    /// <summary>Streams that take memory: those that were accepted or had a frame, and are not forgotten yet.</summary>
    public int OpenCount => _table.Count;

    public bool IsClosed { get; private set; }

    /// <summary>Something can be written now, as far as flow control goes.</summary>
    public bool HasPending =>
        !IsClosed && (_scheduler.HasPending || !_control.IsEmpty || _flowControl.HasPending || _table.HasPending(_now));

    /// <summary>When something is due that may not be sent yet.</summary>
    public Instant NextTimeout => IsClosed ? Instant.Never : _table.NextTimeout(_now);

    /// <summary>
    /// Somebody waits for credit of the peer, which was told: bytes of a stream, bytes of the connection, or an open that was refused.
    /// The engine sees to it that <see cref="RepeatBlocked"/> keeps the connection alive.
    /// </summary>
    public bool IsBlocked => !IsClosed && (_scheduler.IsBlocked || !_blocked.IsEmpty || _table.IsOpenBlocked);

    internal StreamSettings Settings { get; }

    internal BlockPool Pool { get; }

    internal ReceiveWindow Window => _flowControl.Window;

    internal SendBudget Budget { get; }

    internal PeerStreamLimits PeerLimits { get; private set; }

    internal bool PeerAcceptsResetStreamAt { get; private set; }

    /// <summary>What streams hold of <see cref="StreamSettings.MaxUnreadCredit"/>.</summary>
    internal ulong UnreadCredit { get; set; }

    /// <summary>Ranges that wait for an earlier byte, over all streams.</summary>
    internal int GapCount { get; set; }

    /// <summary>Takes the peer's transport parameters. With 0-RTT it is called twice; limits only rise (RFC 9000 §7.4.1).</summary>
    public void ApplyPeerParameters(
        ulong maxData,
        ulong maxStreamDataBidiLocal,
        ulong maxStreamDataBidiRemote,
        ulong maxStreamDataUni,
        ulong maxStreamsBidi,
        ulong maxStreamsUni,
        bool resetStreamAt)
    {
        PeerAcceptsResetStreamAt = resetStreamAt;
        PeerLimits = new PeerStreamLimits(maxStreamDataBidiLocal, maxStreamDataBidiRemote, maxStreamDataUni);
        foreach (var stream in _table.All)
            stream.Send?.OnMaxStreamData(PeerLimits.ForStream(_table.IsOurs(stream.Id), StreamId.DirectionOf(stream.Id)));
        _flowControl.Credit.Raise(maxData);
        RaiseStreamLimit(StreamDirection.Bidirectional, maxStreamsBidi);
        RaiseStreamLimit(StreamDirection.Unidirectional, maxStreamsUni);
    }

    /// <summary>
    /// What the engine knows of time and path, before it asks whether something is to be written. How much is buffered follows it.
    /// </summary>
    public void Observe(Instant now, Duration minRtt, ulong congestionWindow)
    {
        _now = now;
        _minRtt = minRtt;
        Budget.Follow(congestionWindow);
    }

    /// <summary>RFC 9000 §4.1: what holds us back is said again while nothing is in flight.</summary>
    public void RepeatBlocked()
    {
        if (IsClosed)
            return;
        if (_scheduler.IsBlocked)
            _flowControl.Credit.RepeatBlocked();
        if (_blocked.First is { } stream)
            stream.Send!.RepeatBlocked();
        _table.RepeatBlocked();
    }

    /// <summary>Opens a stream; null when the peer allows no more, which it is told (STREAMS_BLOCKED).</summary>
    public CoreStream? TryOpen(StreamDirection direction) => IsClosed ? null : _table.TryOpen(direction);

    /// <summary>Takes the next stream the peer opened, bidirectional ones first.</summary>
    public CoreStream? TryAccept() => TryAccept(StreamDirection.Bidirectional) ?? TryAccept(StreamDirection.Unidirectional);

    public CoreStream? TryAccept(StreamDirection direction) => IsClosed ? null : _table.TryAccept(direction);

    /// <summary>How many streams the peer has let us open in all.</summary>
    public ulong PeerStreamLimit(StreamDirection direction) => _table.Outbound(direction).Limit;

    /// <summary>How many streams the peer may open in all, as the last MAX_STREAMS said.</summary>
    public ulong InboundStreamLimit(StreamDirection direction) => _table.Inbound(direction).Limit;

    public bool TryGet(ulong id, [MaybeNullWhen(false)] out CoreStream stream) => _table.TryGet(id, out stream);

    /// <summary>
    /// The driver's last call about a stream: nobody reads it any more. It is forgotten as soon as both halves are terminal, and only then
    /// the peer may open another in its place. Finish or reset its sending half first, and stop its receiving half if the peer shall know.
    /// </summary>
    public void Release(CoreStream stream)
    {
        stream.IsReleased = true;
        if (IsClosed)
        {
            stream.Receive?.Abandon();
            return;
        }

        stream.Receive?.OnReleased();
        ForgetIfDone(stream);
    }

    /// <summary>
    /// The connection closes: drops all buffers and streams, except what a driver's stream can still read. Every later call changes
    /// nothing else.
    /// </summary>
    public void CloseAll()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        foreach (var stream in _table.All)
        {
            stream.Send?.Abandon();
            stream.Receive?.Abandon();
        }

        _table.Clear();
        GapCount = 0;
    }

    public QuicFault? OnStream(ulong id, ulong offset, ReadOnlySpan<byte> data, bool fin, Instant now)
    {
        var fault = Find(id, FrameType.Stream, isForReceiver: true, out var stream) ?? stream?.Receive!.OnStream(offset, data, fin, now);
        Window.Tune(now, SmoothedRtt);
        return fault;
    }

    public QuicFault? OnResetStream(ulong id, ulong errorCode, ulong finalSize) =>
        Find(id, FrameType.ResetStream, isForReceiver: true, out var stream)
        ?? stream?.Receive!.OnReset(FrameType.ResetStream, errorCode, finalSize, reliableSize: 0);

    public QuicFault? OnResetStreamAt(ulong id, ulong errorCode, ulong finalSize, ulong reliableSize)
    {
        if (!Settings.AcceptResetStreamAt)
            return QuicFault.FrameEncoding(FrameType.ResetStreamAt, "RESET_STREAM_AT was not negotiated.");
        if (reliableSize > finalSize)
            return QuicFault.FrameEncoding(FrameType.ResetStreamAt, "The reliable size of RESET_STREAM_AT is above the final size.");
        return Find(id, FrameType.ResetStreamAt, isForReceiver: true, out var stream)
            ?? stream?.Receive!.OnReset(FrameType.ResetStreamAt, errorCode, finalSize, reliableSize);
    }

    public QuicFault? OnStopSending(ulong id, ulong errorCode)
    {
        var fault = Find(id, FrameType.StopSending, isForReceiver: false, out var stream);
        stream?.Send!.OnStopSending(errorCode);
        return fault;
    }

    public QuicFault? OnMaxData(ulong limit)
    {
        _flowControl.Credit.Raise(limit);
        return null;
    }

    public QuicFault? OnMaxStreamData(ulong id, ulong limit)
    {
        var fault = Find(id, FrameType.MaxStreamData, isForReceiver: false, out var stream);
        stream?.Send!.OnMaxStreamData(limit);
        return fault;
    }

    public QuicFault? OnMaxStreams(StreamDirection direction, ulong limit)
    {
        // RFC 9000 §4.6
        if (limit > StreamCount.Max)
            return QuicFault.FrameEncoding(MaxStreamsType(direction), "MAX_STREAMS is above 2^60.");
        if (!IsClosed)
            RaiseStreamLimit(direction, limit);
        return null;
    }

    // RFC 9000 §4.2: credit never waits for a *_BLOCKED frame, so there is nothing to do.
    public QuicFault? OnDataBlocked(ulong limit) => null;

    public QuicFault? OnStreamDataBlocked(ulong id, ulong limit) => Find(id, FrameType.StreamDataBlocked, isForReceiver: true, out _);

    public QuicFault? OnStreamsBlocked(StreamDirection direction, ulong limit) =>
        limit <= StreamCount.Max ? null : QuicFault.FrameEncoding(StreamsBlockedType(direction), "STREAMS_BLOCKED is above 2^60.");

    public void OnFrameAcked(in SentFrame frame)
    {
        if (!_table.TryGet(frame.Id, out var stream))
            return;
        if (frame.Kind == SentFrameKind.Stream)
            stream.Send!.OnAcked(frame);
        else if (frame.Kind == SentFrameKind.ResetStream)
            stream.Send!.OnResetAcked(frame);
    }

    // RFC 9000 §13.3: what is lost is sent again as it stands now, if it still matters.
    public void OnFrameLost(in SentFrame frame)
    {
        switch (frame.Kind)
        {
            case SentFrameKind.Stream:
                Find(frame)?.Send!.OnLost(frame);
                break;
            case SentFrameKind.ResetStream:
                Find(frame)?.Send!.OnResetLost(frame);
                break;
            case SentFrameKind.StopSending:
                Find(frame)?.Receive!.OnStopLost();
                break;
            case SentFrameKind.MaxData:
                _flowControl.OnMaxDataLost(frame.Offset);
                break;
            case SentFrameKind.MaxStreamData:
                Find(frame)?.Receive!.OnCreditLost(frame);
                break;
            case SentFrameKind.MaxStreamsBidirectional:
                _table.Inbound(StreamDirection.Bidirectional).OnLost(frame.Offset);
                break;
            case SentFrameKind.MaxStreamsUnidirectional:
                _table.Inbound(StreamDirection.Unidirectional).OnLost(frame.Offset);
                break;
            case SentFrameKind.DataBlocked:
                _flowControl.Credit.OnBlockedFrameLost(frame.Offset);
                break;
            case SentFrameKind.StreamDataBlocked:
                Find(frame)?.Send!.OnBlockedLost(frame);
                break;
            case SentFrameKind.StreamsBlockedBidirectional:
                _table.Outbound(StreamDirection.Bidirectional).OnBlockedFrameLost(frame.Offset);
                break;
            case SentFrameKind.StreamsBlockedUnidirectional:
                _table.Outbound(StreamDirection.Unidirectional).OnBlockedFrameLost(frame.Offset);
                break;
        }
    }

    /// <summary>
    /// What concerns all streams (MAX_DATA, MAX_STREAMS, *_BLOCKED), then what single streams have: resets, STOP_SENDING, MAX_STREAM_DATA.
    /// </summary>
    public void WriteControlFrames(ref PacketBuilder builder)
    {
        if (IsClosed)
            return;
        _flowControl.WriteFrames(ref builder);
        _table.WriteFrames(ref builder, _now, _minRtt);
        while (_control.First is { } stream)
        {
            if (stream.Send?.TryWriteControlFrames(ref builder) == false || stream.Receive?.TryWriteControlFrames(ref builder) == false)
                return;
            _control.Remove(stream);
            _blocked.Set(stream, stream.Send is { IsBlocked: true });
            ForgetIfDone(stream);
        }
    }

    /// <summary>STREAM frames while there is room: retransmissions before new data, streams in turn.</summary>
    public void WriteStreamFrames(ref PacketBuilder builder)
    {
        if (!IsClosed)
            _scheduler.WriteFrames(ref builder);
    }

    internal bool IsOpenedByPeer(ulong id) => StreamId.IsServerInitiated(id) != _isServer;

    internal void RaiseOpened() => _events.Add(ConnectionEventKind.StreamOpened);

    internal void Raise(ConnectionEventKind kind, CoreStream stream)
    {
        if (!IsClosed)
            _events.Add(kind, stream);
    }

    /// <summary>A stream's sending half may have more, or less, to send than before.</summary>
    internal void OnSendChanged(CoreStream stream)
    {
        if (IsClosed)
            return;
        _scheduler.Update(stream);
        _blocked.Set(stream, stream.Send!.IsBlocked);
        OnControlChanged(stream);
    }

    /// <summary>The stream is taken out of line until <see cref="OnSendChanged"/>.</summary>
    internal void OnPriorityChanging(CoreStream stream) => _scheduler.Remove(stream);

    internal void OnControlChanged(CoreStream stream)
    {
        if (!IsClosed)
            _control.Set(stream, stream.HasControlFrames);
    }

    internal void OnHalfClosed(CoreStream stream) => ForgetIfDone(stream);

    /// <summary>One stream must not fill the connection's window: that stays half as large again.</summary>
    internal void OnStreamWindowGrown(ulong size) => Window.GrowTo(size + (size / 2));

    private static ulong MaxStreamsType(StreamDirection direction) =>
        direction == StreamDirection.Bidirectional ? FrameType.MaxStreamsBidirectional : FrameType.MaxStreamsUnidirectional;

    private static ulong StreamsBlockedType(StreamDirection direction) =>
        direction == StreamDirection.Bidirectional ? FrameType.StreamsBlockedBidirectional : FrameType.StreamsBlockedUnidirectional;

    private QuicFault? Find(ulong id, ulong frameType, bool isForReceiver, out CoreStream? stream)
    {
        stream = null;
        return IsClosed ? null : _table.Find(id, frameType, isForReceiver, out stream);
    }

    private CoreStream? Find(in SentFrame frame) => _table.TryGet(frame.Id, out var stream) ? stream : null;

    private void RaiseStreamLimit(StreamDirection direction, ulong limit)
    {
        if (_table.Outbound(direction).Raise(limit))
        {
            _events.Add(
                direction == StreamDirection.Bidirectional
                    ? ConnectionEventKind.BidirectionalStreamsAvailable
                    : ConnectionEventKind.UnidirectionalStreamsAvailable);
        }
    }

    // RFC 9000 §3.4
    private void ForgetIfDone(CoreStream stream)
    {
        if (!stream.IsReleased || !stream.IsClosed || stream.HasControlFrames || !_table.TryGet(stream.Id, out _))
            return;
        _scheduler.Remove(stream);
        _control.Remove(stream);
        _blocked.Remove(stream);
        _table.Forget(stream);
    }
}
