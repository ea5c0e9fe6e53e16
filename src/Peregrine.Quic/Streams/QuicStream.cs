using System.IO.Pipelines;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// One stream of a connection (RFC 9000 §2): a <see cref="Stream"/>, and a pair of pipes over the same bytes. One read and one write may be
/// under way at a time. A cancelled read loses nothing; a cancelled write that waited for room resets the sending half, since nobody could
/// say how much of it was taken.
/// </summary>
public sealed class QuicStream : SequentialStream, IDuplexPipe
{
    private readonly ConnectionDriver _driver;
    private readonly ReadHalf? _read;
    private readonly WriteHalf? _write;
    private PipeReader? _input;
    private PipeWriter? _output;
    private bool _isReleased;
    private bool _isDisposed;

    internal QuicStream(QuicConnection connection, ConnectionDriver driver, CoreStream core)
    {
        Connection = connection;
        _driver = driver;
        Core = core;
        Node = new LinkedListNode<QuicStream>(this);
        if (core.Receive is not null)
            _read = new ReadHalf(this, driver, core.Receive);
        if (core.Send is not null)
            _write = new WriteHalf(this, driver, core.Send);
    }

    /// <summary>The stream's ID (RFC 9000 §2.1).</summary>
    public long Id => (long)Core.Id;

    /// <summary>One way or both.</summary>
    public QuicStreamType Type =>
        StreamId.DirectionOf(Core.Id) == StreamDirection.Bidirectional ? QuicStreamType.Bidirectional : QuicStreamType.Unidirectional;

    /// <summary>
    /// Done when everything was read, up to the end; faults when the receiving half was reset, aborted, or lost with the connection.
    /// </summary>
    public Task ReadsClosed => _read?.Closed ?? Task.CompletedTask;

    /// <summary>
    /// Done when the peer has acknowledged everything, up to the end; faults when the sending half was reset or aborted, the peer
    /// stopped reading, or the connection was lost.
    /// </summary>
    public Task WritesClosed => _write?.Closed ?? Task.CompletedTask;

    /// <summary>
    /// Whether nothing more will happen on the stream: what was sent is acknowledged or reset, and the application has read, or given up,
    /// all
    /// that came.
    /// </summary>
    public bool IsOver => _read is not { IsOver: false } && _write is not { IsOver: false };

    /// <summary>
    /// The first bytes of the sending half that reach the peer even if it is aborted (RESET_STREAM_AT); 0 by default. Set it
    /// before aborting; it may be larger than what was written so far. Without effect unless
    /// <see cref="QuicConnection.SupportsReliableReset"/>.
    /// </summary>
    public long ReliableSize
    {
        get => _write?.ReliableSize ?? 0;
        set => Writable.ReliableSize = value;
    }

    /// <summary>
    /// The receiving half as a pipe over the blocks that the packets were read into. Completing it stops what was not read; completing it
    /// with an exception does so too.
    /// </summary>
    public PipeReader Input => _input ?? Interlocked.CompareExchange(ref _input, new QuicPipeReader(this, Readable), null) ?? _input;

    /// <summary>
    /// The sending half as a pipe. Completing it ends the stream; completing it with an exception resets it with the default code.
    /// </summary>
    public PipeWriter Output => _output ?? Interlocked.CompareExchange(ref _output, new QuicPipeWriter(this, Writable), null) ?? _output;

    /// <inheritdoc/>
    public override bool CanRead => _read is not null && !_isDisposed;

    /// <inheritdoc/>
    public override bool CanWrite => _write is not null && !_isDisposed;

    /// <summary>
    /// How urgent the stream is beside the others of its connection: those of higher priority send first, strictly; equals take turns.
    /// 0 by default; any number, at any time.
    /// </summary>
    public long Priority
    {
        get => _write?.Priority ?? 0;
        set => Writable.Priority = value;
    }

    /// <summary>How many bytes from the start of the sending half the peer has acknowledged without a gap. It never falls.</summary>
    public long BytesAcknowledged => GetStatistics().BytesAcknowledged;

    /// <summary>What went over the stream so far, in bytes of its own.</summary>
    public QuicStreamStatistics GetStatistics()
    {
        lock (_driver.Gate)
        {
            var (written, sent, acknowledged) = _write?.Counts ?? default;
            var (received, read) = _read?.Counts ?? default;
            return new QuicStreamStatistics
            {
                BytesWritten = written,
                BytesSent = sent,
                BytesAcknowledged = acknowledged,
                BytesReceived = received,
                BytesRead = read,
            };
        }
    }

    /// <summary>
    /// Writes as many bytes as there is room for, at once. With <see cref="WaitToWriteAsync"/> it makes writes that can be given up without
    /// losing count: what was taken is known.
    /// </summary>
    /// <param name="bytes">What to write.</param>
    /// <returns>How many were taken, from the front; 0 when there is no room.</returns>
    /// <exception cref="InvalidOperationException">Another write is under way, or the writes are completed.</exception>
    /// <exception cref="QuicException">The sending half was aborted, the peer stopped reading, or the connection has ended.</exception>
    public int TryWrite(ReadOnlySpan<byte> bytes) => Writable.TryWrite(bytes);

    /// <summary>Waits until <see cref="TryWrite"/> would take at least a byte.</summary>
    /// <param name="cancellationToken">Cancels the wait, for instance after a time; nothing is lost by it.</param>
    /// <exception cref="InvalidOperationException">The writes are completed.</exception>
    /// <exception cref="QuicException">The sending half was aborted, the peer stopped reading, or the connection has ended.</exception>
    public ValueTask WaitToWriteAsync(CancellationToken cancellationToken = default) => Writable.WaitForRoomAsync(cancellationToken);

    /// <summary>
    /// Ends the sending half and waits until the peer has acknowledged everything, the end too: the certain way to finish. It waits as
    /// long as
    /// the peer's application leaves what was sent unread and gives no credit for the rest.
    /// </summary>
    /// <param name="cancellationToken">Gives up the wait; what was written is delivered all the same.</param>
    /// <exception cref="InvalidOperationException">A write is under way.</exception>
    /// <exception cref="QuicException">The sending half was aborted, the peer stopped reading, or the connection ended before.</exception>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        _ = Writable;
        CompleteWrites();
        return new ValueTask(WritesClosed.WaitAsync(cancellationToken));
    }

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
    /// <exception cref="QuicException">The sending half was aborted, the peer stopped reading, or the connection has ended.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool completeWrites, CancellationToken cancellationToken = default)
    {
        if (completeWrites && _output is { UnflushedBytes: > 0 } output)
        {
            throw new InvalidOperationException(
                $"Output holds {output.UnflushedBytes} bytes that were not flushed, which the end must not cut off: flush Output before.");
        }

        return Writable.WriteAsync(buffer, completeWrites, cancellationToken);
    }

    /// <summary>
    /// Ends the sending half after what was written (FIN, RFC 9000 §3.1), also after what <see cref="Output"/> holds unflushed. Without
    /// effect
    /// when it is over already.
    /// </summary>
    public void CompleteWrites()
    {
        if (_output is { UnflushedBytes: > 0 } output)
            output.Complete();
        else
            _write?.Complete();
    }

    /// <summary>Ends one half or both at once; what was not delivered is lost, except the first <see cref="ReliableSize"/> bytes.</summary>
    /// <param name="abortDirection">Which halves; a half that the stream does not have is no error.</param>
    /// <param name="errorCode">The application's code, 0 to 2^62-1.</param>
    public void Abort(QuicAbortDirection abortDirection, long errorCode)
    {
        QuicConnectionOptions.CheckErrorCode(errorCode, nameof(errorCode));
        if (abortDirection.HasFlag(QuicAbortDirection.Read))
            _read?.Abort((ulong)errorCode);
        if (abortDirection.HasFlag(QuicAbortDirection.Write))
            _write?.Abort((ulong)errorCode);
    }

    /// <summary>
    /// Asks the peer to stop sending, as <see cref="Abort"/> does, unless the stream's end has arrived, be it a FIN with all before it or a
    /// reset: then nothing happens, and what arrived can still be read. In one step, so that nothing the peer knows to be delivered is
    /// lost.
    /// </summary>
    /// <param name="errorCode">The application's code, 0 to 2^62-1.</param>
    /// <returns>False when the end has arrived, or the stream has no receiving half.</returns>
    public bool TryStopReceiving(long errorCode)
    {
        QuicConnectionOptions.CheckErrorCode(errorCode, nameof(errorCode));
        return _read?.TryStop((ulong)errorCode) ?? false;
    }

    /// <summary>Number, kind and state, for a log or a debugger.</summary>
    public override string ToString() => $"{Type} stream {Id}{(_isDisposed ? ", disposed" : IsOver ? ", over" : "")} of {Connection}";

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Readable.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        WriteAsync(buffer, completeWrites: false, cancellationToken);

    /// <summary>
    /// Ends the sending half as <see cref="CompleteWrites"/> does, unless it is over, and stops the receiving half with the default code,
    /// unless everything was read. It never waits for the peer. <see cref="Stream.DisposeAsync"/> does the same.
    /// </summary>
    /// <param name="disposing">True when called by <see cref="Stream.Dispose()"/> or <see cref="Stream.DisposeAsync"/>.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            DisposeOnce();
        base.Dispose(disposing);
    }

    internal QuicConnection Connection { get; }

    internal CoreStream Core { get; }

    /// <summary>Its place in the connection's list of streams.</summary>
    internal LinkedListNode<QuicStream> Node { get; }

    private ReadHalf Readable => _read
        ?? throw new InvalidOperationException("This side opened the unidirectional stream, so it cannot read from it.");

    private WriteHalf Writable => _write
        ?? throw new InvalidOperationException("The peer opened the unidirectional stream, so this side cannot write to it.");

    // What follows is called under the connection's lock.

    internal void OnReadable() => _read?.OnReadable();

    internal void OnWritable() => _write?.OnWritable();

    internal void OnReceiveClosed() => _read?.OnClosed();

    internal void OnSendClosed() => _write?.OnClosed();

    internal void OnConnectionClosed()
    {
        _read?.OnConnectionClosed();
        _write?.OnConnectionClosed();
    }

    internal void OnHalfOver()
    {
        if (!IsOver)
            return;
        Release();
        Connection.Streams.Forget(this);
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    private void DisposeOnce()
    {
        lock (_driver.Gate)
        {
            if (_isDisposed)
                return;
            CompleteOutput();
            _isDisposed = true;
            _read?.AbortCore(Connection.DefaultStreamErrorCode);
            _write?.DisposeCore(Connection.DefaultStreamErrorCode);
            Release();
            if (!_driver.IsClosed)
                _driver.Flush();
        }
    }

    // What was written to the pipe and not flushed follows when there is room; a clean end never stands in its place.
    private void CompleteOutput()
    {
        if (_output is not { UnflushedBytes: > 0 } unflushed || _write!.IsCompletingLater)
            return;
        if (_write.IsWriting)
            _write.AbortCore(Connection.DefaultStreamErrorCode);
        else
            unflushed.Complete();
    }

    private void Release()
    {
        if (_isReleased)
            return;
        _isReleased = true;
        Connection.Streams.Release(this);
    }
}
