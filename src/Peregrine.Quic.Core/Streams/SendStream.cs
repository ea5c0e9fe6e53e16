using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The sending half of a stream (RFC 9000 §3.1): the bytes until they are acknowledged, its end, or its reset. It owns its buffer and its
/// stream credit; when it sends is the <see cref="SendScheduler"/>'s business.
/// </summary>
internal sealed class SendStream : ISendRoomOwner
{
    // A piece of a larger run is not worth a frame when it is shorter than this, unless it ends the run.
    private const int MinFragment = 32;

    private readonly CoreStream _stream;
    private readonly StreamSet _streams;
    private readonly SendBuffer _buffer;
    private readonly SendCredit _credit = new();
    private readonly SendRoom _room;
    private bool _isClosedRaised;
    private bool _isFinished;
    private bool _isFinPending;
    private bool _isFinSent;
    private bool _isFinAcked;
    private ResetProgress _reset;
    private ulong _effectiveReliableSize;
    private long _priority;

    internal SendStream(CoreStream stream, StreamSet streams)
    {
        _stream = stream;
        _streams = streams;
        _buffer = new SendBuffer(streams.Pool);
        _room = new SendRoom(this, _buffer, streams.Budget, streams.Settings);
    }

    private enum ResetProgress : byte
    {
        None,
        Pending,
        Sent,
        Acked,
    }

    public SendState State
    {
        get
        {
            if (_reset != ResetProgress.None && _effectiveReliableSize == 0)
                return _reset == ResetProgress.Acked ? SendState.ResetReceived : SendState.ResetSent;

            // draft-ietf-quic-reliable-stream-reset §5.3: a reset that delivers bytes counts as a FIN.
            if (_reset is ResetProgress.Sent or ResetProgress.Acked || _isFinSent)
                return IsEverythingAcked ? SendState.DataReceived : SendState.DataSent;
            return _credit.Used == 0 ? SendState.Ready : SendState.Send;
        }
    }

    public bool IsClosed => State is SendState.DataReceived or SendState.ResetReceived;

    /// <summary>
    /// The code of the peer's STOP_SENDING. The half was reset with the same code, unless it was reset or acknowledged before.
    /// </summary>
    public ulong? StopCode { get; private set; }

    /// <summary>The code of our reset, whoever caused it.</summary>
    public ulong? ResetCode { get; private set; }

    /// <summary>
    /// How many bytes from the start are delivered even after <see cref="Reset"/>. It counts only what was written, is read when the reset
    /// happens, and is ignored when the peer did not negotiate reset_stream_at or asked us to stop.
    /// </summary>
    public ulong ReliableSize { get; set; }

    /// <summary>How many bytes <see cref="Write"/> took.</summary>
    public ulong BytesWritten { get; private set; }

    /// <summary>How many bytes were sent at least once.</summary>
    public ulong BytesSent => _credit.Used;

    /// <summary>How many bytes from the start the peer has acknowledged without a gap.</summary>
    public ulong BytesAcked { get; private set; }

    /// <summary>Streams of higher priority send first, strictly; equals take turns. 0 to begin with; it may change at any time.</summary>
    public long Priority
    {
        get => _priority;
        set
        {
            if (value == _priority)
                return;
            _streams.OnPriorityChanging(_stream);
            _priority = value;
            _streams.OnSendChanged(_stream);
        }
    }

    internal bool HasControlFrames => IsResetDue || _credit.IsBlockedFrameDue;

    /// <summary>Bytes wait for the peer's credit, and it was told.</summary>
    internal bool IsBlocked => HasUnsent && _credit.IsBlocked;

    internal bool HasUrgent => _buffer.HasLost || IsFinDue;

    internal bool HasFresh => _buffer.SentEnd < Math.Min(_buffer.End, _credit.Limit);

    private bool IsEverythingAcked =>
        _buffer.IsAllAcked && (_reset == ResetProgress.None ? _isFinAcked : _reset == ResetProgress.Acked);

    private bool HasUnsent => _buffer.Unsent > 0;

    private bool IsFinDue => _isFinPending && _buffer.SentEnd == _buffer.End;

    // RESET_STREAM_AT waits until its reliable bytes were sent once: the final size then needs no credit of its own.
    private bool IsResetDue => _reset == ResetProgress.Pending && _buffer.SentEnd >= _effectiveReliableSize;

    private bool CanWrite => !_isFinished && _reset == ResetProgress.None && !_streams.IsClosed;

    /// <summary>
    /// Buffers bytes and returns how many were taken. When fewer than offered, <see cref="ConnectionEventKind.StreamWritable"/> follows
    /// once there is room. Nothing is taken after <see cref="Finish"/>, <see cref="Reset"/> or the peer's STOP_SENDING, and no event
    /// follows.
    /// </summary>
    public int Write(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || !CanWrite)
            return 0;
        if (data.Length > _room.Available)
            _room.TryGrow();

        var taken = (int)Math.Min(data.Length, _room.Available);
        _buffer.Write(data[..taken]);
        BytesWritten += (ulong)taken;
        _streams.Budget.Take(taken);
        if (taken < data.Length)
            _room.Wait();
        Update();
        return taken;
    }

    /// <summary>
    /// Whether <see cref="Write"/> would take a byte now, or never will again; when false, <see cref="ConnectionEventKind.StreamWritable"/>
    /// follows once there is room.
    /// </summary>
    public bool HasRoom()
    {
        if (!CanWrite || _room.Available > 0 || (_room.TryGrow() && _room.Available > 0))
            return true;
        _room.Wait();
        return false;
    }

    /// <summary>Ends the stream after what was written. Idempotent; without effect after a reset.</summary>
    public void Finish()
    {
        if (!CanWrite)
            return;
        _isFinished = true;
        _isFinPending = true;
        Update();
    }

    /// <summary>
    /// Gives up: bytes beyond <see cref="ReliableSize"/> are dropped, sent or not. Idempotent; without effect once everything is
    /// acknowledged.
    /// </summary>
    public void Reset(ulong errorCode)
    {
        if (!_streams.IsClosed && _reset == ResetProgress.None && !IsClosed)
            Reset(errorCode, _streams.PeerAcceptsResetStreamAt ? Math.Min(ReliableSize, _buffer.End) : 0);
    }

    internal void OnMaxStreamData(ulong limit)
    {
        if (_credit.Raise(limit))
            Update();
    }

    internal void OnStopSending(ulong errorCode)
    {
        if (StopCode is not null || IsClosed)
            return;
        StopCode = errorCode;

        // RFC 9000 §3.5: the reset copies the code. One that was already announced keeps its code but delivers nothing any more.
        if (_reset == ResetProgress.None)
            Reset(errorCode, reliableSize: 0);
        else if (_effectiveReliableSize > 0)
            BeginReset(reliableSize: 0);
        _streams.Raise(ConnectionEventKind.StreamWritable, _stream);
        CheckClosed();
    }

    internal void OnAcked(in SentFrame frame)
    {
        var buffered = _buffer.Buffered;
        _buffer.OnAcked(frame.Offset, frame.Length);
        BytesAcked = _buffer.Start;
        if (frame.Fin)
        {
            _isFinAcked = true;
            _isFinPending = false;
        }

        _streams.Budget.Release(buffered - _buffer.Buffered);
        Update();
        CheckClosed();
        WakeWriter();
    }

    internal void OnLost(in SentFrame frame)
    {
        _buffer.OnLost(frame.Offset, frame.Length);
        if (frame.Fin && !_isFinAcked && _reset == ResetProgress.None)
            _isFinPending = true;
        Update();
    }

    internal void OnResetAcked(in SentFrame frame)
    {
        // Only the reset with the smallest reliable size counts.
        if (_reset == ResetProgress.None || frame.Offset != _effectiveReliableSize)
            return;
        _reset = ResetProgress.Acked;
        Update();
        CheckClosed();
    }

    internal void OnResetLost(in SentFrame frame)
    {
        if (_reset == ResetProgress.Sent && frame.Offset == _effectiveReliableSize)
            _reset = ResetProgress.Pending;
        Update();
    }

    internal void OnBlockedLost(in SentFrame frame)
    {
        if (HasUnsent)
            _credit.OnBlockedFrameLost(frame.Offset);
        Update();
    }

    internal void RepeatBlocked()
    {
        _credit.RepeatBlocked();
        Update();
    }

    void ISendRoomOwner.OnBudgetRoom() => WakeWriter();

    /// <summary>The connection is over: nothing is sent any more.</summary>
    internal void Abandon()
    {
        _buffer.Clear();
        _credit.Abandon();
        _isFinPending = false;
        if (_reset == ResetProgress.Pending)
            _reset = ResetProgress.Sent;
    }

    /// <summary>False when the packet has no room for one of the frames that are due.</summary>
    internal bool TryWriteControlFrames(ref PacketBuilder builder)
    {
        if (IsResetDue && !TryWriteReset(ref builder))
            return false;
        if (!_credit.IsBlockedFrameDue)
            return true;

        var frame = new StreamDataBlockedFrame(_stream.Id, _credit.Limit);
        if (!builder.CanRemember || builder.Remaining < frame.Length)
            return false;
        frame.Write(ref builder.Writer);
        builder.Remember(new SentFrame(SentFrameKind.StreamDataBlocked, _stream.Id, _credit.Limit));
        _credit.OnBlockedFrameWritten();
        return true;
    }

    internal bool TryWriteUrgent(ref PacketBuilder builder)
    {
        if (!_buffer.TryGetLost(int.MaxValue, out var offset, out var length))
            offset = _buffer.End;
        if (!TryWriteFrame(ref builder, offset, length, out _))
            return false;
        Update();
        return true;
    }

    internal bool TryWriteFresh(ref PacketBuilder builder, SendCredit connectionCredit)
    {
        var length = (int)Math.Min((ulong)_buffer.Unsent, Math.Min(_credit.Available, connectionCredit.Available));
        if (!TryWriteFrame(ref builder, _buffer.SentEnd, length, out var written))
            return false;
        _credit.Use((ulong)written);
        connectionCredit.Use((ulong)written);
        Update();
        if (_room.IsWriterWaiting && _room.TryGrow())
            WakeWriter();
        return true;
    }

    private bool TryWriteFrame(ref PacketBuilder builder, ulong offset, int length, out int written)
    {
        written = 0;
        var room = StreamFrame.DataRoom(builder.Remaining, _stream.Id, offset, withLength: false);
        var withLength = length < room;
        if (withLength)
            room = StreamFrame.DataRoom(builder.Remaining, _stream.Id, offset, withLength: true);
        if (room < Math.Min(length, MinFragment))
            return false;

        written = Math.Min(length, room);
        var fin = _isFinished && _reset == ResetProgress.None && offset + (ulong)written == _buffer.End;
        StreamFrame.WriteHeader(ref builder.Writer, _stream.Id, offset, written, fin, withLength);
        _buffer.CopyTo(offset, builder.Writer.Free[..written]);
        builder.Writer.Advance(written);
        builder.Remember(new SentFrame(SentFrameKind.Stream, _stream.Id, offset, written, fin));
        _buffer.OnSent(offset, written);
        if (fin)
        {
            _isFinSent = true;
            _isFinPending = false;
        }

        return true;
    }

    private bool TryWriteReset(ref PacketBuilder builder)
    {
        if (!builder.CanRemember)
            return false;
        var finalSize = _credit.Used;
        if (_effectiveReliableSize > 0)
        {
            var frame = new ResetStreamAtFrame(_stream.Id, ResetCode!.Value, finalSize, _effectiveReliableSize);
            if (builder.Remaining < frame.Length)
                return false;
            frame.Write(ref builder.Writer);
        }
        else
        {
            var frame = new ResetStreamFrame(_stream.Id, ResetCode!.Value, finalSize);
            if (builder.Remaining < frame.Length)
                return false;
            frame.Write(ref builder.Writer);
        }

        builder.Remember(new SentFrame(SentFrameKind.ResetStream, _stream.Id, _effectiveReliableSize));
        _reset = ResetProgress.Sent;
        return true;
    }

    private void Reset(ulong errorCode, ulong reliableSize)
    {
        ResetCode = errorCode;
        _isFinPending = false;
        _room.StopWaiting();
        BeginReset(reliableSize);
        RaiseClosed();
    }

    private void BeginReset(ulong reliableSize)
    {
        _effectiveReliableSize = reliableSize;
        _reset = ResetProgress.Pending;
        var buffered = _buffer.Buffered;
        _buffer.Truncate(reliableSize);
        _streams.Budget.Release(buffered - _buffer.Buffered);
        if (!HasUnsent)
            _credit.Abandon();
        Update();
    }

    private void Update()
    {
        if (HasUnsent && !HasFresh)
            _credit.OnBlocked();
        _streams.OnSendChanged(_stream);
    }

    private void WakeWriter()
    {
        if (_room.TryWake())
            _streams.Raise(ConnectionEventKind.StreamWritable, _stream);
    }

    private void CheckClosed()
    {
        if (!IsClosed)
            return;
        RaiseClosed();
        _streams.OnHalfClosed(_stream);
    }

    private void RaiseClosed()
    {
        _room.StopWaiting();
        if (_isClosedRaised)
            return;
        _isClosedRaised = true;
        _streams.Raise(ConnectionEventKind.StreamSendClosed, _stream);
    }
}
