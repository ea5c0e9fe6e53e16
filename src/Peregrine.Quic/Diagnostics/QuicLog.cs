using System.Net;
using Microsoft.Extensions.Logging;

namespace Peregrine.Quic;

/// <summary>
/// Every line this stack logs. What a peer sent is logged as a number or a fixed sentence, never as its bytes (robustness V9).
/// </summary>
internal static partial class QuicLog
{
    [LoggerMessage(1, LogLevel.Error, "The endpoint's loop failed and goes on.")]
    public static partial void LoopFailed(this ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "A connection failed and is closed.")]
    public static partial void ConnectionFailed(this ILogger logger, Exception exception);

    [LoggerMessage(
        3, LogLevel.Warning, "The callback that chooses a connection's options failed; the connection from {RemoteEndPoint} is refused.")]
    public static partial void OptionsCallbackFailed(this ILogger logger, IPEndPoint remoteEndPoint, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "A callback of the application threw; its connection is closed.")]
    public static partial void CallbackFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "Listening on {LocalEndPoint}.")]
    public static partial void Listening(this ILogger logger, IPEndPoint localEndPoint);

    [LoggerMessage(
        6,
        LogLevel.Debug,
        "Connection with {RemoteEndPoint} ended: {Error}, application code {ApplicationErrorCode}, transport code {TransportErrorCode}. {Message}")]
    public static partial void ConnectionEnded(
        this ILogger logger, IPEndPoint remoteEndPoint, QuicError error, long? applicationErrorCode, long? transportErrorCode, string message);

    [LoggerMessage(7, LogLevel.Warning, "The accept queue is full; the connection from {RemoteEndPoint} is refused.")]
    public static partial void AcceptQueueFull(this ILogger logger, IPEndPoint remoteEndPoint);

    [LoggerMessage(8, LogLevel.Debug, "The handshake with {RemoteEndPoint} failed: {Error}. {Message}")]
    public static partial void HandshakeFailed(this ILogger logger, IPEndPoint remoteEndPoint, QuicError error, string message);

    [LoggerMessage(
        9,
        LogLevel.Warning,
        "The system grants a UDP socket {Received} of the {ReceiveAsked} bytes of receive buffer and {Sent} of the {SendAsked} bytes of send "
            + "buffer that were asked for; bursts will lose packets. On Linux raise net.core.rmem_max and net.core.wmem_max with sysctl, or ask "
            + "for less with Socket.ReceiveBufferSize and Socket.SendBufferSize.")]
    public static partial void SmallSocketBuffers(this ILogger logger, int received, int receiveAsked, int sent, int sendAsked);
}
