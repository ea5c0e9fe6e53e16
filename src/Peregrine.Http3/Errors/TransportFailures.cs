using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>What failures of the transport mean in HTTP/3, in words.</summary>
internal static class TransportFailures
{
    /// <summary>Why the connection has ended, when it was not an error that this side found.</summary>
    public static Http3Exception OfConnection(QuicException reason)
    {
        var code = (Http3ErrorCode)(reason.ApplicationErrorCode ?? (long)Http3ErrorCode.NoError);
        return Http3Exception.OnConnection(code, reason.Message, reason);
    }

    /// <summary>The same failure, with its code's name where the peer gave one; otherwise the exception itself.</summary>
    public static QuicException Named(QuicException exception)
    {
        if (exception is not { QuicError: QuicError.StreamAborted, ApplicationErrorCode: { } code })
            return exception;
        var sentence = $"The peer ended the stream with {Http3ErrorCodes.Describe((Http3ErrorCode)code)}.";
        return new QuicException(QuicError.StreamAborted, code, null, sentence, exception);
    }

    /// <summary>Whether a server said that it did nothing with the request (RFC 9114 §4.1.1).</summary>
    public static bool IsRejection(QuicException exception) =>
        exception is { QuicError: QuicError.StreamAborted, ApplicationErrorCode: (long)Http3ErrorCode.RequestRejected };

    public static Http3Exception Rejected(Exception? cause) => new(
        Http3ErrorCode.RequestRejected, Http3ErrorScope.Stream, "The server did nothing with the request; it may be sent again.", cause);
}
