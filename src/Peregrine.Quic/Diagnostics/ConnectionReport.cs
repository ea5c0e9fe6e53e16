using System.Net;
using Microsoft.Extensions.Logging;

namespace Peregrine.Quic;

/// <summary>How a connection went, for the log and for listeners of the meter. <see cref="Tell"/> calls both.</summary>
/// <param name="RemoteEndPoint">The peer.</param>
/// <param name="IsServer">This side took the connection.</param>
/// <param name="Why">What ended it.</param>
/// <param name="Lasted">From the first packet to the end.</param>
/// <param name="Handshake">Until the handshake was complete; null if it never was.</param>
/// <param name="SmoothedRtt">At the end.</param>
internal readonly record struct ConnectionReport(
    IPEndPoint RemoteEndPoint, bool IsServer, QuicException Why, TimeSpan Lasted, TimeSpan? Handshake, TimeSpan SmoothedRtt)
{
    public void Tell(ILogger logger)
    {
        if (Handshake is null)
            logger.HandshakeFailed(RemoteEndPoint, Why.QuicError, Why.Message);
        else
            logger.ConnectionEnded(RemoteEndPoint, Why.QuicError, Why.ApplicationErrorCode, Why.TransportErrorCode, Why.Message);
        QuicMetrics.Record(this);
    }
}
