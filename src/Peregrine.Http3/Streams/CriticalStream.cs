using System.IO.Pipelines;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>Streams that live as long as their connection (RFC 9114 §6.2.1).</summary>
internal static class CriticalStream
{
    /// <summary>
    /// Runs the reader of one. Without it the connection cannot go on, so that whatever it fails with is the connection's.
    /// </summary>
    public static async ValueTask RunAsync(Task reading)
    {
        try
        {
            await reading.ConfigureAwait(false);
        }
        catch (Http3Exception error) when (error.Scope == Http3ErrorScope.Stream)
        {
            throw new Http3Exception(error.ErrorCode, Http3ErrorScope.Connection, error.Sentence, error);
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
