using System.Net;
using Microsoft.Extensions.Logging;

namespace Peregrine.WebTransport;

/// <summary>Everything this layer logs, by event number.</summary>
internal static partial class WebTransportLog
{
    public const string Category = "Peregrine.WebTransport";

    [LoggerMessage(1, LogLevel.Information, "Listening on {EndPoint}.")]
    public static partial void Listening(this ILogger log, IPEndPoint endPoint);

    [LoggerMessage(2, LogLevel.Debug, "A connection could not be taken up; the listener goes on.")]
    public static partial void AcceptFailed(this ILogger log, Exception error);

    [LoggerMessage(3, LogLevel.Debug, "The connection from {RemoteEndPoint} ended: {Reason}")]
    public static partial void ConnectionEnded(this ILogger log, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(4, LogLevel.Error, "Serving the connection from {RemoteEndPoint} failed; other connections go on.")]
    public static partial void ConnectionFailed(this ILogger log, IPEndPoint remoteEndPoint, Exception error);

    [LoggerMessage(
        5, LogLevel.Warning, "Refused a session for {Authority}{Path}: the origin '{Origin}' is not allowed by the origin policy.")]
    public static partial void OriginRefused(this ILogger log, string authority, string path, string? origin);

    [LoggerMessage(6, LogLevel.Error, "The origin policy threw; the session is refused.")]
    public static partial void OriginPolicyFailed(this ILogger log, Exception error);

    [LoggerMessage(7, LogLevel.Debug, "Refused request {StreamId} from {RemoteEndPoint}: {Reason}")]
    public static partial void RequestRefused(this ILogger log, long streamId, IPEndPoint remoteEndPoint, string reason);

    [LoggerMessage(8, LogLevel.Debug, "Session {SessionId} with {RemoteEndPoint} for {Path} is open, draft {Draft}.")]
    public static partial void SessionOpened(this ILogger log, long sessionId, IPEndPoint remoteEndPoint, string path, int draft);

    [LoggerMessage(9, LogLevel.Debug, "Session {SessionId} ended: {CloseInfo}")]
    public static partial void SessionEnded(this ILogger log, long sessionId, WebTransportCloseInfo closeInfo);

    [LoggerMessage(10, LogLevel.Debug, "The peer broke the rules on the stream of session {SessionId}: {Reason}")]
    public static partial void SessionMalformed(this ILogger log, long sessionId, string reason);

    [LoggerMessage(11, LogLevel.Debug, "Stream {StreamId} for the session on stream {ConnectStreamId} was refused: {Reason}")]
    public static partial void StreamRefused(this ILogger log, long streamId, long connectStreamId, string reason);

    [LoggerMessage(12, LogLevel.Error, "Something of this library failed in the background.")]
    public static partial void BackgroundFailed(this ILogger log, Exception error);

    [LoggerMessage(13, LogLevel.Error, "The handler of a request for {Path} from {RemoteEndPoint} threw; the others go on.")]
    public static partial void HandlerFailed(this ILogger log, string path, IPEndPoint remoteEndPoint, Exception error);

    [LoggerMessage(14, LogLevel.Debug, "The handler of a request for {Path} from {RemoteEndPoint} ended with its session.")]
    public static partial void HandlerEnded(this ILogger log, string path, IPEndPoint remoteEndPoint, Exception error);
}
