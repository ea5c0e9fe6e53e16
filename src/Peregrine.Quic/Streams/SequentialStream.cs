using System.ComponentModel;

namespace Peregrine.Quic;

/// <summary>
/// What the streams of QUIC, HTTP/3 and WebTransport are as a <see cref="Stream"/>: they go only forwards, written bytes leave by
/// themselves, and the synchronous members wait for the asynchronous ones. A base class for these libraries; applications see what derives
/// from it.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class SequentialStream : Stream
{
    /// <summary>Nothing to set up.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected SequentialStream()
    {
    }

    /// <summary>False: streams of the network cannot seek.</summary>
    public sealed override bool CanSeek => false;

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public sealed override long Length => throw CannotSeek();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public sealed override long Position
    {
        get => throw CannotSeek();
        set => throw CannotSeek();
    }

    /// <summary>Reads what is there, or waits until something is.</summary>
    /// <param name="buffer">Where the bytes go. An empty one waits until there is something to read, and takes nothing.</param>
    /// <param name="cancellationToken">Cancels the wait; nothing is lost.</param>
    /// <returns>How many bytes were read; 0 at the end, or when the buffer is empty.</returns>
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>Writes all of the buffer.</summary>
    /// <param name="buffer">What to write; it must not change until the task is done.</param>
    /// <param name="cancellationToken">Cancels the wait for room.</param>
    /// <returns>A task that is done when the bytes are buffered.</returns>
    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public sealed override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public sealed override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public sealed override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    /// <inheritdoc/>
    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public sealed override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public sealed override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

    /// <inheritdoc/>
    public sealed override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

    /// <summary>Does nothing: written bytes leave by themselves.</summary>
    public sealed override void Flush()
    {
    }

    /// <summary>Does nothing: written bytes leave by themselves.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A completed task.</returns>
    public sealed override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <summary>Not supported.</summary>
    /// <param name="offset">Not used.</param>
    /// <param name="origin">Not used.</param>
    /// <returns>Nothing.</returns>
    /// <exception cref="NotSupportedException">Always.</exception>
    public sealed override long Seek(long offset, SeekOrigin origin) => throw CannotSeek();

    /// <summary>Not supported.</summary>
    /// <param name="value">Not used.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public sealed override void SetLength(long value) => throw CannotSeek();

    private static NotSupportedException CannotSeek() => new("The stream goes only forwards: it has no length and no position to set.");
}
