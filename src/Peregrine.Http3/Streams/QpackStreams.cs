using System.IO.Pipelines;

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
