using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>Reads the peer's QPACK streams to their end, which must not come before the connection's (RFC 9204 §4.2).</summary>
internal static class QpackStreams
{
    public static Task RunEncoderAsync(PipeReader input) =>
        RunAsync(input, new EncoderStreamReader().Read, Http3ErrorCode.QpackEncoderStreamError, "encoder");

    public static Task RunDecoderAsync(PipeReader input) =>
        RunAsync(input, new DecoderStreamReader().Read, Http3ErrorCode.QpackDecoderStreamError, "decoder");

    private delegate string? InstructionReader(ReadOnlySpan<byte> bytes);

    private static async Task RunAsync(PipeReader input, InstructionReader read, Http3ErrorCode code, string name)
    {
        while (true)
        {
            var result = await CriticalStream.ReadAsync(input, name).ConfigureAwait(false);
            foreach (var segment in result.Buffer)
            {
                if (read(segment.Span) is { } problem)
                    throw Http3Exception.OnConnection(code, $"On the QPACK {name} stream, {problem}.");
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                throw CriticalStream.Closed(name);
        }
    }
}

/// <summary>Streams that live as long as their connection (RFC 9114 §6.2.1).</summary>
internal static class CriticalStream
{
    /// <summary>Runs the reader of one. Without it the connection cannot go on, so that whatever it fails with is the connection's.</summary>
    public static async ValueTask RunAsync(Task reading)
    {
        try
        {
            await reading.ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is not (Http3Exception or QuicException or ObjectDisposedException or OperationCanceledException))
        {
            throw new Http3Exception(
                Http3ErrorCode.InternalError, Http3ErrorScope.Connection, "Reading a stream that the connection cannot do without failed.",
                exception);
        }
    }

    /// <summary>Reads; a reset becomes H3_CLOSED_CRITICAL_STREAM, the end of the connection stays what it is.</summary>
    public static async ValueTask<ReadResult> ReadAsync(PipeReader input, string name)
    {
        try
        {
            return await input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (QuicException exception) when (exception.QuicError == QuicError.StreamAborted)
        {
            throw Closed(name);
        }
    }

    public static Http3Exception Closed(string name) =>
        Http3Exception.OnConnection(Http3ErrorCode.ClosedCriticalStream, $"The peer closed its {name} stream.");
}
