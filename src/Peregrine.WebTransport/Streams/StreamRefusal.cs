using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>Gives up a stream of the peer's that no application will see.</summary>
internal static class StreamRefusal
{
    public static void Refuse(QuicStream stream, long wireCode)
    {
        var direction = stream.Type == QuicStreamType.Bidirectional ? QuicAbortDirection.Both : QuicAbortDirection.Read;
        try
        {
            stream.Abort(direction, wireCode);
        }
        catch (Exception error) when (error is QuicException or ObjectDisposedException)
        {
            // It is over already.
        }

        stream.Dispose();
    }
}
