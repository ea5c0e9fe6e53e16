using System.IO.Pipelines;
using System.Runtime.CompilerServices;
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
        Translated(static (writer, _, token) => writer.FlushAsync(token), default, cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        Translated(static (writer, bytes, token) => writer.WriteAsync(bytes, token), source, cancellationToken);

    public override void Complete(Exception? exception = null)
    {
        if (exception is null)
        {
            inner.Complete();
            return;
        }

        stream.Abort(QuicAbortDirection.Write, StreamErrorCode.Default);
        inner.Complete(exception);
    }

    /// <summary>Waits until what was not flushed is buffered, and tells what goes wrong.</summary>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is not null)
        {
            Complete(exception);
            return;
        }

        try
        {
            await inner.CompleteAsync().ConfigureAwait(false);
        }
        catch (QuicException error)
        {
            throw stream.Translate(error);
        }
    }

    private ValueTask<FlushResult> Translated(
        Func<PipeWriter, ReadOnlyMemory<byte>, CancellationToken, ValueTask<FlushResult>> operation,
        ReadOnlyMemory<byte> bytes,
        CancellationToken cancellationToken)
    {
        ValueTask<FlushResult> flush;
        try
        {
            flush = operation(inner, bytes, cancellationToken);
        }
        catch (QuicException error)
        {
            return ValueTask.FromException<FlushResult>(stream.Translate(error));
        }

        return flush.IsCompletedSuccessfully ? flush : Awaited(flush);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<FlushResult> Awaited(ValueTask<FlushResult> pending)
        {
            try
            {
                return await pending.ConfigureAwait(false);
            }
            catch (QuicException error)
            {
                throw stream.Translate(error);
            }
        }
    }
}
