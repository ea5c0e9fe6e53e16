using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>A stream's sending pipe, whose failures speak of WebTransport. The memory is that of the pipe beneath, not copied.</summary>
internal sealed class TranslatingPipeWriter(PipeWriter inner, WebTransportStream stream) : PipeWriter
{
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        inner.FlushAsync(cancellationToken).Translated(stream);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(source, cancellationToken).Translated(stream);

    public override void Complete(Exception? exception = null)
    {
        if (exception is null)
        {
            inner.Complete();
            return;
        }

        stream.Abort(WebTransportAbortDirection.Write, StreamErrorCode.Default);
        inner.Complete(exception);
    }

    /// <summary>Waits until what was not flushed is buffered, and tells what goes wrong.</summary>
    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null)
            return inner.CompleteAsync().Translated(stream);
        Complete(exception);
        return ValueTask.CompletedTask;
    }
}
