using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// One stream of a session (draft-ietf-webtrans-http3 §4.2, §4.3): a <see cref="Stream"/>, and a pair of pipes over the same bytes. One
/// read and one write may be under way at a time. A cancelled read loses nothing; a cancelled write that waited for room resets the
/// sending half, since nobody could say how much of it was taken. Failures are <see cref="WebTransportException"/>.
/// </summary>
public sealed class WebTransportStream : SequentialStream, IDuplexPipe, IFailureTranslator
{
    private readonly WebTransportSession _session;
    private readonly QuicStream _stream;
    private readonly int _sentHeader;
    private readonly long _receivedHeader;
    private Task? _readsClosed;
    private Task? _writesClosed;
    private PipeReader? _input;
    private PipeWriter? _output;

    /// <param name="session">Whose stream it is.</param>
    /// <param name="stream">The stream beneath.</param>
    /// <param name="sentHeader">Bytes of the header that this side writes; 0 on a stream of the peer's.</param>
    internal WebTransportStream(WebTransportSession session, QuicStream stream, int sentHeader)
    {
        _sentHeader = sentHeader;
        _receivedHeader = sentHeader > 0 ? 0 : stream.GetStatistics().BytesRead;
        _session = session;
        _stream = stream;
        CanReceive = stream.CanRead;
        CanSend = stream.CanWrite;
    }

    /// <summary>The ID of the QUIC stream (RFC 9000 §2.1): unique in the connection, the same on both sides.</summary>
    public long Id => _stream.Id;

    /// <summary>Whether both sides can send or only the one that opened it.</summary>
    public WebTransportStreamType Type =>
        _stream.Type == QuicStreamType.Bidirectional ? WebTransportStreamType.Bidirectional : WebTransportStreamType.Unidirectional;

    /// <summary>The session the stream belongs to.</summary>
    public WebTransportSession Session => _session;

    /// <summary>
    /// Done when everything was read, up to the end; faults with <see cref="WebTransportException"/> when the receiving half was reset or
    /// aborted, or lost with the session.
    /// </summary>
    public Task ReadsClosed => _readsClosed ?? Translated(ref _readsClosed, _stream.ReadsClosed);

    /// <summary>
    /// Done when the peer has acknowledged everything, up to the end: its application can then read all of it, even if the session is
    /// closed
    /// meanwhile. Faults with <see cref="WebTransportException"/> when the sending half was reset or aborted, the peer stopped reading, or
    /// the
    /// session was lost.
    /// </summary>
    public Task WritesClosed => _writesClosed ?? Translated(ref _writesClosed, _stream.WritesClosed);

    /// <summary>
    /// The receiving half as a pipe. Completing it before the end asks the peer to stop, with code 0.
    /// </summary>
    /// <exception cref="InvalidOperationException">The stream has no receiving half.</exception>
    public PipeReader Input => _input ??= CanReceive
        ? new TranslatingPipeReader(_stream.Input, this)
        : throw new InvalidOperationException("This side opened the unidirectional stream and can only write to it; use Output.");

    /// <summary>
    /// The sending half as a pipe. Completing it ends the stream; completing it with an exception resets it, with code 0.
    /// </summary>
    /// <exception cref="InvalidOperationException">The stream has no sending half.</exception>
    public PipeWriter Output => _output ??= CanSend
        ? new TranslatingPipeWriter(_stream.Output, this)
        : throw new InvalidOperationException("The peer opened the unidirectional stream and only it can write; use Input.");

    /// <inheritdoc/>
    public override bool CanRead => CanReceive && _stream.CanRead;

    /// <inheritdoc/>
    public override bool CanWrite => CanSend && _stream.CanWrite;

    /// <summary>Whether the stream has a receiving half, finished or not.</summary>
    internal bool CanReceive { get; }

    /// <summary>Whether the stream has a sending half, finished or not.</summary>
    internal bool CanSend { get; }

    /// <summary>
    /// How urgent the stream is beside the others of its connection, as <c>sendOrder</c> of a page: higher sends first, strictly; equals
    /// take
    /// turns. 0 by default; any number, at any time.
    /// </summary>
    /// <exception cref="InvalidOperationException">Set on a stream without a sending half.</exception>
    public long SendOrder
    {
        get => _stream.Priority;
        set => _stream.Priority = value;
    }

    /// <summary>
    /// How many bytes from the start of the sending half the peer has acknowledged without a gap: what an upload's progress counts. It
    /// never
    /// falls.
    /// </summary>
    public long BytesAcknowledged => GetStatistics().BytesAcknowledged;

    /// <summary>What went over the stream so far, without the header that names the session.</summary>
    public WebTransportStreamStatistics GetStatistics()
    {
        var all = _stream.GetStatistics();
        return new WebTransportStreamStatistics
        {
            BytesWritten = Math.Max(0, all.BytesWritten - _sentHeader),
            BytesSent = Math.Max(0, all.BytesSent - _sentHeader),
            BytesAcknowledged = Math.Max(0, all.BytesAcknowledged - _sentHeader),
            BytesReceived = Math.Max(0, all.BytesReceived - _receivedHeader),
            BytesRead = Math.Max(0, all.BytesRead - _receivedHeader),
        };
    }

    /// <summary>
    /// Writes as many bytes as there is room for, at once. With <see cref="WaitToWriteAsync"/> it makes writes that can be given up without
    /// losing count: what was taken is known.
    /// </summary>
    /// <param name="bytes">What to write.</param>
    /// <returns>How many were taken, from the front; 0 when there is no room.</returns>
    /// <exception cref="InvalidOperationException">Another write is under way, the writes are completed, or the stream has no sending
    /// half.</exception>
    /// <exception cref="WebTransportException">The sending half was aborted, the peer stopped reading, or the session has
    /// ended.</exception>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _stream.TryWrite(bytes);
        }
        catch (QuicException error)
        {
            throw Translate(error);
        }
    }

    /// <summary>Waits until <see cref="TryWrite"/> would take at least a byte.</summary>
    /// <param name="cancellationToken">Cancels the wait, for instance after a time; nothing is lost by it.</param>
    /// <exception cref="InvalidOperationException">The writes are completed, or the stream has no sending half.</exception>
    /// <exception cref="WebTransportException">The sending half was aborted, the peer stopped reading, or the session has
    /// ended.</exception>
    public ValueTask WaitToWriteAsync(CancellationToken cancellationToken = default) =>
        _stream.WaitToWriteAsync(cancellationToken).Translated(this);

    /// <summary>
    /// Ends the sending half and waits until the peer has acknowledged everything, the end too. After it the peer's application can read
    /// all
    /// of it, even if the session is closed at once. It waits as long as the peer's application leaves what was sent unread and gives no
    /// credit for the rest.
    /// </summary>
    /// <param name="cancellationToken">Gives up the wait; what was written is delivered all the same.</param>
    /// <exception cref="InvalidOperationException">A write is under way, or the stream has no sending half.</exception>
    /// <exception cref="WebTransportException">The sending half was aborted, the peer stopped reading, or the session was lost
    /// before.</exception>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => _stream.CompleteAsync(cancellationToken).Translated(this);

    /// <summary>
    /// Writes, and ends the stream with the last byte if asked. Done when the bytes are buffered. A second write while one waits for room
    /// throws. Cancelling a write that waits resets the sending half, since nobody could say how much of it was taken;
    /// <see cref="WaitToWriteAsync"/> and <see cref="TryWrite"/> make writes with a time limit that lose nothing.
    /// </summary>
    /// <param name="buffer">What to write; it must not change until the task is done.</param>
    /// <param name="completeWrites">Whether these are the last bytes.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which resets the sending half.</param>
    /// <returns>A task that is done when the bytes are buffered.</returns>
    /// <exception cref="InvalidOperationException">Another write is under way, or the writes are completed.</exception>
    /// <exception cref="WebTransportException">The sending half was aborted, the peer stopped reading, or the session has
    /// ended.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool completeWrites, CancellationToken cancellationToken = default) =>
        _stream.WriteAsync(buffer, completeWrites, cancellationToken).Translated(this);

    /// <summary>Ends the sending half after what was written (FIN). Without effect when it is over already.</summary>
    public void CompleteWrites()
    {
        if (CanSend)
            _stream.CompleteWrites();
    }

    /// <summary>
    /// Ends one half or both at once: the sending half by a reset, which loses what was not delivered; the receiving half by asking the
    /// peer to stop. The peer's application gets the code (draft-ietf-webtrans-http3 §4.4).
    /// </summary>
    /// <param name="abortDirection">Which halves; one the stream does not have is no error.</param>
    /// <param name="errorCode">The application's code, any 32-bit number.</param>
    public void Abort(WebTransportAbortDirection abortDirection, uint errorCode) =>
        AbortWith((QuicAbortDirection)abortDirection, StreamErrorCode.ToHttp3(errorCode));

    /// <summary>Number, kind and session, for a log or a debugger.</summary>
    public override string ToString() => $"{Type} stream {Id}{(IsOver ? ", over" : "")} of {_session}";

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _stream.ReadAsync(buffer, cancellationToken).Translated(this);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        WriteAsync(buffer, completeWrites: false, cancellationToken);

    /// <summary>
    /// Ends the sending half as <see cref="CompleteWrites"/> does, unless it is over, and asks the peer to stop, with code 0, unless
    /// everything was read. It never waits for the peer.
    /// </summary>
    /// <param name="disposing">True when called by <see cref="Stream.Dispose()"/> or <see cref="Stream.DisposeAsync"/>.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopReading();
            _stream.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Asks the peer to stop, with code 0, unless the receiving half is over.</summary>
    internal void StopReading()
    {
        if (CanReceive && !_stream.ReadsClosed.IsCompleted)
            AbortWith(QuicAbortDirection.Read, StreamErrorCode.ToHttp3(StreamErrorCode.Default));
    }

    /// <summary>Both halves are over, and the application knows.</summary>
    internal bool IsOver => _stream.IsOver;

    /// <summary>The session ended before the end of the stream arrived: there is nothing to read, or not all.</summary>
    internal bool IsCut { get; private set; }

    /// <summary>
    /// Ends both halves because the session did (draft-ietf-webtrans-http3 §6), except that a receiving half whose end has arrived stays
    /// readable: the peer knows it to be delivered.
    /// </summary>
    internal void EndWithSession()
    {
        IsCut = _stream.TryStopReceiving(WireErrorCode.SessionGone) || IsResetWithSession;
        AbortWith(QuicAbortDirection.Write, WireErrorCode.SessionGone);
    }

    private bool IsResetWithSession =>
        CanReceive && _stream.ReadsClosed.Exception?.InnerException is QuicException { ApplicationErrorCode: WireErrorCode.SessionGone };

    Exception IFailureTranslator.Translate(QuicException error) => Translate(error);

    /// <summary>What a failure of the QUIC stream means to the application.</summary>
    internal WebTransportException Translate(QuicException error)
    {
        if (error.QuicError == QuicError.StreamAborted && error.ApplicationErrorCode is { } wireCode
            && wireCode != WireErrorCode.SessionGone)
        {
            // A code outside the range is a reset all the same, without an application code (draft-ietf-webtrans-http3 §4.4).
            return StreamErrorCode.TryFromHttp3(wireCode, out var code)
                ? new(WebTransportError.StreamAborted, WebTransportErrorSource.Stream, code,
                    $"The peer aborted the stream with code {code}.", error)
                : new(WebTransportError.StreamAborted, WebTransportErrorSource.Stream, null,
                    "The peer aborted the stream without an application code.", error);
        }

        if (error.QuicError == QuicError.OperationAborted && !_session.IsOver)
            return new(WebTransportError.OperationAborted, WebTransportErrorSource.Stream, null,
                "This side aborted or disposed the stream.", error);
        return _session.EndedException(error);
    }

    private void AbortWith(QuicAbortDirection direction, long wireCode)
    {
        if (!CanReceive)
            direction &= ~QuicAbortDirection.Read;
        if (!CanSend)
            direction &= ~QuicAbortDirection.Write;
        if (direction == default)
            return;
        try
        {
            _stream.Abort(direction, wireCode);
        }
        catch (ObjectDisposedException)
        {
            // Both halves were ended by the disposal already.
        }
    }

    private Task Translated(ref Task? slot, Task closed)
    {
        var translated = closed.Translated(this);
        return Interlocked.CompareExchange(ref slot, translated, null) ?? translated;
    }
}
