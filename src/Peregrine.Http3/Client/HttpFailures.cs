using System.Net.Sockets;
using System.Security.Authentication;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>Failures as <see cref="HttpClient"/>'s users know them from SocketsHttpHandler.</summary>
internal static class HttpFailures
{
    /// <summary>Whether this is a failure of the request, not a mistake of its caller or a cancellation.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is QuicException or Http3Exception or AuthenticationException or SocketException or ObjectDisposedException;

    public static HttpRequestException OfRequest(Exception exception) => new(KindOf(exception), exception.Message, exception);

    public static HttpRequestException OfConnecting(Exception exception, string host, int port)
    {
        var kind = exception switch
        {
            AuthenticationException => HttpRequestError.SecureConnectionError,
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                HttpRequestError.NameResolutionError,
            QuicException { QuicError: QuicError.VersionNegotiationError } => HttpRequestError.VersionNegotiationError,
            _ => HttpRequestError.ConnectionError,
        };
        return new HttpRequestException(kind, $"{exception.Message} ({host}:{port})", exception);
    }

    public static HttpIOException OfContent(Exception exception) => new(KindOf(exception), exception.Message, exception);

    private static HttpRequestError KindOf(Exception exception) => exception switch
    {
        Http3Exception { ErrorCode: Http3ErrorCode.MessageError } => HttpRequestError.InvalidResponse,
        Http3Exception { ErrorCode: Http3ErrorCode.ExcessiveLoad, Scope: Http3ErrorScope.Stream } =>
            HttpRequestError.ConfigurationLimitExceeded,
        QuicException { QuicError: QuicError.ConnectionIdle or QuicError.ConnectionTimeout } => HttpRequestError.ResponseEnded,
        _ => HttpRequestError.HttpProtocolError,
    };
}
