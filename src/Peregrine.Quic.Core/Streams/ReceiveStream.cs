using System.Buffers;
using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The receiving half of a stream (RFC 9000 §3.2). It owns its reassembly buffer and its stream window, and accounts to the connection's
/// window for each byte exactly once: when it is read, or when it is sure that nobody will read it; and for those of its first window as
/// soon as
/// they are received, while <see cref="StreamSettings.MaxUnreadCredit"/> lasts, so that streams nobody reads cannot starve those that
/// somebody does. Of a stream that the peer opened and reset before anybody read it, the first bytes stay readable,
/// <see cref="StreamSettings.MaxKeptAfterReset"/> of them.
/// </summary>
internal sealed class ReceiveStream
{
    private readonly CoreStream _stream;
    private readonly StreamSet _streams;
    private readonly ReceiveBuffer _buffer;
    private readonly ReceiveWindow _window;
    private readonly ulong _firstWindow;
    private ulong? _finalSize;
    private ulong? _resetCode;
    private ulong _reliableSize;
    private bool _isResetAt;
    private bool _isResetSeen;
    private ulong? _stopCode;
    private bool _isDropping;
    private bool _isStopDue;
    private bool _isCreditDue;
    private ulong _credited;

    // So many bytes from the start were given back to the connection unread; those that are still unread.
    private ulong _setApart;
    private ulong _setApartUnread;

    // What the reader looked at and left, and how much of that the connection has not been given back yet.
    private ulong _examined;
    private ulong _examinedOfConnection;
    private bool _isReadableRaised;
    private bool _isClosedRaised;

    internal ReceiveStream(CoreStream stream, StreamSet streams)
    {
        _stream = stream;
        _streams = streams;
        _buffer = new ReceiveBuffer(streams.Pool);
        _firstWindow = streams.InitialWindowOf(stream.Id);
        _window = new ReceiveWindow(_firstWindow, streams.Settings.MaxStreamWindow);
    }

    /// <summary>A half that was stopped counts as read once its final size is known.</summary>
    public ReceiveState State
    {
        get
        {
            if (_resetCode is not null && (_isDropping || _buffer.Consumed >= _reliableSize))
                return _isResetSeen ? ReceiveState.ResetRead : ReceiveState.ResetReceived;
            if (_finalSize is null)
                return ReceiveState.Receive;
            if (_isDropping)
                return ReceiveState.DataRead;
            if (_buffer.ContiguousEnd < ReadEnd)
                return ReceiveState.SizeKnown;
            return _buffer.Consumed < ReadEnd ? ReceiveState.DataReceived : ReceiveState.DataRead;
        }
    }

    public bool IsClosed => State is ReceiveState.DataRead or ReceiveState.ResetReceived or ReceiveState.ResetRead;

    /// <summary>The FIN is reached and everything before it was read.</summary>
    public bool IsFinished => State == ReceiveState.DataRead && !_isDropping;

    /// <summary>The FIN and every byte before it arrived.</summary>
    public bool FinKnownAndAllReceived => State is ReceiveState.DataReceived or ReceiveState.DataRead && _resetCode is null && !_isDropping;

    /// <summary>The code of the peer's reset, once everything it still delivers was read.</summary>
    public ulong? ResetCode => State is ReceiveState.ResetReceived or ReceiveState.ResetRead ? _resetCode : null;

    /// <summary>How many bytes arrived without a gap before them; what arrives after a stop is not counted. It never falls.</summary>
    public ulong BytesReceived { get; private set; }

    /// <summary>How many bytes the reader took.</summary>
    public ulong BytesRead { get; private set; }

    internal bool HasControlFrames => _isStopDue || _isCreditDue;

    // What the application gets to see of the stream: all of it, or what a RESET_STREAM_AT promises.
    private ulong ReadEnd => _resetCode is null ? _finalSize ?? ulong.MaxValue : _reliableSize;

    /// <summary>
    /// Copies what is there and fits, and takes it. 0 when nothing is there: see <see cref="IsFinished"/> and <see cref="ResetCode"/>.
    /// </summary>
    public int Read(Span<byte> destination)
    {
        Look();
        Examine(0);
        var count = _buffer.Read(destination);
        if (count > 0)
            OnConsumed((ulong)count);
        return count;
    }

    /// <summary>
    /// What is there, in place. It stays valid until the next <see cref="Advance"/> or <see cref="Read"/>, whatever the peer does
    /// meanwhile.
    /// </summary>
    public ReadOnlySequence<byte> Peek()
    {
        Look();
        return _buffer.Peek();
    }

    /// <summary>
    /// Takes bytes that <see cref="Peek"/> showed, and notes how many more were looked at and left: the peer gets credit for those too,
    /// since
    /// the reader waits for what follows them. Without effect when the stream was reset, stopped or closed meanwhile.
    /// </summary>
    public void Advance(long count, long examined = 0)
    {
        Examine(0);
        var before = _buffer.Consumed;
        _buffer.Advance(_resetCode is null ? count : Math.Min(count, _buffer.Readable));
        if (_buffer.Consumed > before)
            OnConsumed(_buffer.Consumed - before);
        if (examined == 0 || State != ReceiveState.Receive || _isDropping)
            return;
        Examine((ulong)Math.Min(examined, _buffer.Readable));
        Update();
    }

    /// <summary>
    /// The largest window that keeps this stream's reader from ever seeing more than it has looked at: of the stream, or of the connection
    /// when
    /// all that it may hold was looked at and left. Null while more can come.
    /// </summary>
    public ulong? ExhaustedWindow
    {
        get
        {
            if (State != ReceiveState.Receive || _examined == 0)
                return null;
            if (_window.IsExhausted)
                return _window.MaxSize;
            return _streams.Window.IsExhausted ? _streams.Window.MaxSize : null;
        }
    }

    /// <summary>Reads no more: asks the peer to stop and drops what arrives. Idempotent; without effect once closed.</summary>
    public void Stop(ulong errorCode)
    {
        if (_stopCode is not null)
            return;
        if (IsClosed)
        {
            _buffer.Discard();
            return;
        }

        _stopCode = errorCode;
        if (_streams.IsClosed)
        {
            _buffer.Discard();
            _isDropping = true;
            return;
        }

        _isStopDue = NeedsStop;
        Drop();
        RaiseClosed();
        Update();
    }

    /// <summary>The driver lets go of the stream: whatever is unread, or arrives, nobody reads.</summary>
    internal void OnReleased()
    {
        if (_isDropping)
            return;
        if (IsClosed)
        {
            _buffer.Discard();
            return;
        }

        Drop();
        Update();
    }

    internal QuicFault? OnStream(ulong offset, ReadOnlySpan<byte> data, bool fin, Instant now)
    {
        var end = offset + (ulong)data.Length;
        var fault = CheckFinalSize(FrameType.Stream, end, fin) ?? Receive(FrameType.Stream, end);
        if (fault is not null)
            return fault;
        var isSizeNews = fin && _finalSize is null;
        if (fin)
            _finalSize = end;

        if (!_isDropping && _resetCode is not null && end > _reliableSize)
            data = offset < _reliableSize ? data[..(int)(_reliableSize - offset)] : default;
        if (!_isDropping && (_resetCode is null || !data.IsEmpty))
        {
            var contiguous = _buffer.ContiguousEnd;
            fault = Store(offset, data);
            BytesReceived = Math.Max(BytesReceived, _buffer.ContiguousEnd);
            if (_buffer.ContiguousEnd > contiguous || (isSizeNews && _buffer.ContiguousEnd == end))
                RaiseReadable();
        }

        if (_window.Tune(now, _streams.SmoothedRtt))
            _streams.OnStreamWindowGrown(_window.Size);
        Settle();
        Update();
        return fault;
    }

    internal QuicFault? OnReset(ulong frameType, ulong errorCode, ulong finalSize, ulong reliableSize)
    {
        // Robustness S5: the final size is checked first, in every state.
        var fault = CheckFinalSize(frameType, finalSize, isFinal: true) ?? Receive(frameType, finalSize);
        if (fault is not null)
            return fault;

        // draft-ietf-quic-reliable-stream-reset §5.2
        var isAt = frameType == FrameType.ResetStreamAt;
        if (_resetCode is { } known && known != errorCode && (isAt || _isResetAt))
            return QuicFault.StreamState(frameType, $"Stream {_stream.Id} was reset again with another error code.");

        var isSuppressed = _resetCode is null && FinKnownAndAllReceived;
        _finalSize = finalSize;
        if (!isSuppressed && (_resetCode is null || reliableSize < _reliableSize))
            BeginReset(errorCode, reliableSize, isAt);
        Settle();
        Update();
        return null;
    }

    internal void OnStopLost() => Requeue(ref _isStopDue, _stopCode is not null && NeedsStop);

    internal void OnCreditLost(in SentFrame frame) =>
        Requeue(ref _isCreditDue, frame.Offset == _window.Limit && State == ReceiveState.Receive && !_isDropping);

    /// <summary>
    /// The connection is over: nothing more comes. What came in order stays readable for a driver that holds the stream, so that a peer's
    /// last
    /// words are not lost to the CONNECTION_CLOSE behind them; the driver's release, or a stop, drops it.
    /// </summary>
    internal void Abandon()
    {
        _isStopDue = false;
        _isCreditDue = false;
        if (_stream.Owner is not null && !_stream.IsReleased && !_isDropping)
            return;
        _buffer.Discard();
        _isDropping = true;
    }

    /// <summary>False when the packet has no room for one of the frames that are due.</summary>
    internal bool TryWriteControlFrames(ref PacketBuilder builder)
    {
        if (_isStopDue)
        {
            var frame = new StopSendingFrame(_stream.Id, _stopCode!.Value);
            if (!builder.CanRemember || builder.Remaining < frame.Length)
                return false;
            frame.Write(ref builder.Writer);
            builder.Remember(new SentFrame(SentFrameKind.StopSending, _stream.Id));
            _isStopDue = false;
        }

        if (_isCreditDue)
        {
            // The largest the frame can be: the limit moves only when the frame is sure to be written.
            if (!builder.CanRemember || builder.Remaining < new MaxStreamDataFrame(_stream.Id, VarInt.MaxValue).Length)
                return false;
            var limit = _window.Announce();
            new MaxStreamDataFrame(_stream.Id, limit).Write(ref builder.Writer);
            builder.Remember(new SentFrame(SentFrameKind.MaxStreamData, _stream.Id, limit));
            _isCreditDue = false;
        }

        return true;
    }

    // RFC 9000 §3.5: of use only while data or a reset is still to come.
    private bool NeedsStop => _resetCode is null && (_finalSize is null || _buffer.ContiguousEnd < _finalSize);

    // RFC 9000 §4.5
    private QuicFault? CheckFinalSize(ulong frameType, ulong end, bool isFinal)
    {
        if (_finalSize is { } final)
        {
            if (end > final)
                return QuicFault.FinalSize(frameType, $"Stream {_stream.Id} goes on to {end} though its final size is {final}.");
            if (isFinal && end != final)
                return QuicFault.FinalSize(frameType, $"The final size of stream {_stream.Id} changed from {final} to {end}.");
        }
        else if (isFinal && end < _window.Received)
        {
            return QuicFault.FinalSize(frameType, $"The final size {end} of stream {_stream.Id} is below data received, {_window.Received}.");
        }

        return null;
    }

    // RFC 9000 §4.1
    private QuicFault? Receive(ulong frameType, ulong end)
    {
        if (end <= _window.Received)
            return null;
        var growth = end - _window.Received;
        if (growth > _window.Available)
            return QuicFault.FlowControl(frameType, $"Stream {_stream.Id} reaches {end}, beyond its limit {_window.Limit}.");
        if (growth > _streams.Window.Available)
            return QuicFault.FlowControl(frameType, $"Stream {_stream.Id} exceeds the connection's limit {_streams.Window.Limit}.");
        _window.OnReceived(growth);
        _streams.Window.OnReceived(growth);
        if (!_isDropping)
            SetApart();
        return null;
    }

    private void SetApart()
    {
        var end = Math.Min(_window.Received, _firstWindow);
        if (end <= _setApart || _window.Consumed > _setApart)
            return;
        var bytes = Math.Min(end - _setApart, _streams.Settings.MaxUnreadCredit - _streams.UnreadCredit);
        _setApart += bytes;
        _setApartUnread += bytes;
        _credited += bytes;
        _streams.UnreadCredit += bytes;
        _streams.Window.OnDropped(bytes);
    }

    private void ReleaseSetApart(ulong bytes)
    {
        _setApartUnread -= bytes;
        _streams.UnreadCredit -= bytes;
    }

    // Robustness S1.
    private QuicFault? Store(ulong offset, ReadOnlySpan<byte> data)
    {
        var gaps = _buffer.Count;
        _buffer.Write(offset, data);
        _streams.GapCount += _buffer.Count - gaps;
        if (_buffer.Count > _streams.Settings.MaxStreamGaps)
            return QuicFault.ProtocolViolation($"Stream {_stream.Id} is in too many pieces.", FrameType.Stream);
        if (_streams.GapCount > _streams.Settings.MaxConnectionGaps)
            return QuicFault.ProtocolViolation("The streams are in too many pieces.", FrameType.Stream);
        return null;
    }

    private void BeginReset(ulong errorCode, ulong reliableSize, bool isAt)
    {
        Examine(0);
        _resetCode ??= errorCode;
        _isResetAt |= isAt;
        _reliableSize = reliableSize;
        _isStopDue = false;
        if (_isDropping)
            return;

        var gaps = _buffer.Count;
        var end = Math.Max(reliableSize, KeptEnd);
        if (_buffer.Consumed >= end)
            _buffer.Discard();
        else
            _buffer.Truncate(end);
        _streams.GapCount += _buffer.Count - gaps;
        RaiseReadable();
    }

    // RFC 9000 §3.2 leaves it open what becomes of data behind which a reset came. Protocols that put what a stream is at its beginning
    // need those bytes to tell whose stream was reset, as long as they have not been read.
    private ulong KeptEnd => _streams.IsOpenedByPeer(_stream.Id) ? Math.Min(_buffer.ContiguousEnd, _streams.Settings.MaxKeptAfterReset) : 0;

    // Bytes of the first window that were given back unread already count no more for the connection.
    private void Examine(ulong bytes)
    {
        var ofConnection = bytes > _setApartUnread ? bytes - _setApartUnread : 0;
        _window.OnExamined(_examined, bytes);
        _streams.Window.OnExamined(_examinedOfConnection, ofConnection);
        _examined = bytes;
        _examinedOfConnection = ofConnection;
    }

    private void Drop()
    {
        Examine(0);
        _isDropping = true;
        _streams.GapCount -= _buffer.Count;
        _buffer.Discard();
        Settle();
    }

    private void OnConsumed(ulong bytes)
    {
        BytesRead += bytes;
        var early = Math.Min(bytes, _setApartUnread);

        // What stays readable behind a reset was credited with it.
        var late = Math.Min(bytes - early, _window.Received - _credited);
        _window.OnConsumed(bytes);
        _streams.Window.OnConsumed(late);
        _streams.Window.OnReadLater(early);
        _credited += late;
        ReleaseSetApart(early);
        Update();
    }

    // Gives the connection its credit back for what nobody will read.
    private void Settle()
    {
        var settled = _credited;
        if (_isDropping || (_resetCode is not null && _buffer.Consumed >= _reliableSize))
        {
            settled = _window.Received;
            ReleaseSetApart(_setApartUnread);
        }
        else if (_resetCode is not null)
        {
            var unread = _reliableSize - _buffer.Consumed;
            if (_setApartUnread > unread)
                ReleaseSetApart(_setApartUnread - unread);
            settled = _finalSize!.Value - unread + _setApartUnread;
        }

        Debug.Assert(settled >= _credited);
        _streams.Window.OnDropped(settled - _credited);
        _credited = settled;
    }

    private void Update()
    {
        // RFC 9000 §3.3: MAX_STREAM_DATA only while the size is unknown.
        _isCreditDue = State == ReceiveState.Receive && !_isDropping && (_isCreditDue || _window.IsUpdateDue);
        if (IsClosed)
        {
            if (_resetCode is not null || IsFinished)
                RaiseClosed();
            _streams.OnHalfClosed(_stream);
        }

        _streams.OnControlChanged(_stream);
    }

    private void Requeue(ref bool isDue, bool isWanted)
    {
        isDue |= isWanted;
        _streams.OnControlChanged(_stream);
    }

    // The reader looks at the state: what changes from now on is news again. RFC 9000 §3.2: the reset is read with it.
    private void Look()
    {
        _isReadableRaised = false;
        if (State == ReceiveState.ResetReceived)
            _isResetSeen = true;
    }

    private void RaiseReadable()
    {
        if (_isReadableRaised)
            return;
        _isReadableRaised = true;
        _streams.Raise(ConnectionEventKind.StreamReadable, _stream);
    }

    private void RaiseClosed()
    {
        if (_isClosedRaised)
            return;
        _isClosedRaised = true;
        _streams.Raise(ConnectionEventKind.StreamReceiveClosed, _stream);
    }
}
