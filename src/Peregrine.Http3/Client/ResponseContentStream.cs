using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// A response's content as System.Net.Http reads it. It owns the exchange, which ends with it; at the end it fills in the trailers.
/// </summary>
internal sealed class ResponseContentStream(Http3ClientRequest exchange, HttpResponseHeaders trailers) : SequentialStream
{
    private bool _hasEnded;
    private volatile bool _isDisposed;

    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_hasEnded)
        {
            var result = await ReadInputAsync(cancellationToken).ConfigureAwait(false);
            // After AdvanceTo the blocks belong to the connection again, and with them the lengths of every sequence over them.
            var available = result.Buffer.Length;
            var count = (int)Math.Min(available, buffer.Length);
            var taken = result.Buffer.Slice(0, count);
            taken.CopyTo(buffer.Span);
            exchange.Input.AdvanceTo(taken.End);
            if (result.IsCompleted && count == available)
                OnEnd();
            if (count != 0 || buffer.IsEmpty)
                return count;
        }

        return 0;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A response's content can only be read.");

    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        if (disposing)
            exchange.Close();
        base.Dispose(disposing);
    }

    private async ValueTask<ReadResult> ReadInputAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return await exchange.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (HttpFailures.IsFailure(exception) || (_isDisposed && exception is InvalidOperationException))
        {
            throw HttpFailures.OfContent(exception);
        }
    }

    private void OnEnd()
    {
        _hasEnded = true;
        if (exchange.Trailers is not { } fields)
            return;
        foreach (var (name, value) in fields)
            trailers.TryAddWithoutValidation(name, value);
    }
}
