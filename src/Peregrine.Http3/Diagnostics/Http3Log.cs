using Microsoft.Extensions.Logging;

namespace Peregrine.Http3;

/// <summary>Every message that HTTP/3 logs. Event IDs are stable.</summary>
internal static partial class Http3Log
{
    [LoggerMessage(1, LogLevel.Information, "Closing the connection with {Code}: {Reason}")]
    public static partial void ConnectionFailed(this ILogger logger, Http3ErrorCode code, string reason);

    [LoggerMessage(2, LogLevel.Debug, "Stream {StreamId} ended with {Code}: {Reason}")]
    public static partial void StreamFailed(this ILogger logger, long streamId, Http3ErrorCode code, string reason);

    [LoggerMessage(3, LogLevel.Error, "The handler of stream {StreamId} failed")]
    public static partial void HandlerFailed(this ILogger logger, long streamId, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "A callback of the application failed")]
    public static partial void CallbackFailed(this ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Debug, "The connection was gone before it could be closed")]
    public static partial void CloseFailed(this ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "Stream {StreamId} has the unknown type 0x{Type:x}; it is not read")]
    public static partial void UnknownStreamType(this ILogger logger, long streamId, ulong type);

    [LoggerMessage(7, LogLevel.Information, "Request {StreamId} was rejected: {Reason}")]
    public static partial void RequestRejected(this ILogger logger, long streamId, string reason);

    [LoggerMessage(8, LogLevel.Error, "A loop of this library failed; the connection is closed")]
    public static partial void LoopFailed(this ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "A task in the background failed")]
    public static partial void BackgroundFailed(this ILogger logger, Exception exception);
}
