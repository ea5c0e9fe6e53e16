using System.Net.Sockets;
using System.Security.Authentication;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>The one place where the core's faults become exceptions; <see cref="QuicSentences"/> says them.</summary>
internal static class QuicExceptions
{
    private const ulong FirstTlsAlert = (ulong)TransportErrorCode.CryptoError;
    private const ulong LastTlsAlert = FirstTlsAlert + 0xff;

    /// <param name="fault">Why the connection ended.</param>
    /// <param name="isHandshakeComplete">Whether it ever began.</param>
    /// <param name="thrown">What a callback of the application threw, if that was the cause.</param>
    /// <param name="cause">What else of this side was.</param>
    public static QuicException From(QuicFault fault, bool isHandshakeComplete, Exception? thrown, Exception? cause)
    {
        var error = KindOf(fault, isHandshakeComplete, thrown, cause);
        long? application = fault.IsApplication ? (long)fault.Code : null;
        long? transport = fault.IsApplication || fault.Blame == ErrorBlame.Timeout || cause is SocketException ? null : (long)fault.Code;
        return new QuicException(error, application, transport, QuicSentences.Of(error, fault, thrown, cause), thrown ?? cause);
    }

    /// <summary>A failed handshake is an <see cref="AuthenticationException"/> when TLS failed it, as with SslStream.</summary>
    public static Exception ForHandshake(QuicException exception) =>
        exception.QuicError == QuicError.TransportError && exception.TransportErrorCode is >= (long)FirstTlsAlert and <= (long)LastTlsAlert
            ? new AuthenticationException(exception.Message, exception)
            : exception;

    public static QuicException StreamAborted(ulong code) =>
        new(QuicError.StreamAborted, (long)code, QuicSentences.StreamAborted(code));

    public static QuicException OperationAborted(string message) => new(QuicError.OperationAborted, null, message);

    public static QuicException HandshakeTimeout() => new(QuicError.ConnectionTimeout, null, QuicSentences.HandshakeTimeout);

    private static QuicError KindOf(QuicFault fault, bool isHandshakeComplete, Exception? thrown, Exception? cause)
    {
        if (cause is SocketException { SocketErrorCode: var unreachable })
            return unreachable == SocketError.ConnectionRefused ? QuicError.ConnectionRefused : QuicError.ConnectionTimeout;
        switch (fault.Blame)
        {
            case ErrorBlame.PeerApplication:
                return QuicError.ConnectionAborted;
            case ErrorBlame.Timeout:
                return isHandshakeComplete ? QuicError.ConnectionIdle : QuicError.ConnectionTimeout;
            case ErrorBlame.Local when fault.IsApplication:
                return QuicError.OperationAborted;
        }

        return (TransportErrorCode)fault.Code switch
        {
            _ when thrown is not null => QuicError.CallbackError,
            TransportErrorCode.ConnectionRefused => QuicError.ConnectionRefused,
            TransportErrorCode.VersionNegotiationError => QuicError.VersionNegotiationError,
            TransportErrorCode.InternalError when fault.Blame == ErrorBlame.Local => QuicError.InternalError,
            TransportErrorCode.NoError or TransportErrorCode.ApplicationError
                when fault.Blame == ErrorBlame.Local => QuicError.OperationAborted,
            _ => QuicError.TransportError,
        };
    }
}
