using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>A stream's receiving pipe, whose failures speak of WebTransport. The bytes are those of the pipe beneath, not copied.</summary>
internal sealed class TranslatingPipeReader(PipeReader inner, WebTransportStream stream) : PipeReader
{
    public override bool TryRead(out ReadResult result)
    {
        try
        {
            return inner.TryRead(out result);
        }
        catch (QuicException error)
        {
            throw stream.Translate(error);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        inner.ReadAsync(cancellationToken).Translated(stream);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        stream.StopReading();
        inner.Complete();
    }
}
