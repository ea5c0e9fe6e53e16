using System.Security.Authentication;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>The one place where the core's faults become exceptions.</summary>
internal static class QuicExceptions
{
    private const ulong FirstTlsAlert = (ulong)TransportErrorCode.CryptoError;
    private const ulong LastTlsAlert = FirstTlsAlert + 0xff;

    public static QuicException From(QuicFault fault, bool isHandshakeComplete, Exception? cause)
    {
        var error = KindOf(fault, isHandshakeComplete, cause);
        long? application = fault.IsApplication ? (long)fault.Code : null;
        long? transport = fault.IsApplication || fault.Blame == ErrorBlame.Timeout ? null : (long)fault.Code;
        return new QuicException(error, application, transport, MessageOf(error, fault), cause);
    }

    /// <summary>A failed handshake is an <see cref="AuthenticationException"/> when TLS failed it, as with SslStream.</summary>
    public static Exception ForHandshake(QuicException exception) =>
        exception.QuicError == QuicError.TransportError && exception.TransportErrorCode is >= (long)FirstTlsAlert and <= (long)LastTlsAlert
            ? new AuthenticationException(exception.Message, exception)
            : exception;

    public static QuicException StreamAborted(ulong code) =>
        new(QuicError.StreamAborted, (long)code, $"The peer aborted the stream with error code {code} (0x{code:x}).");

    public static QuicException OperationAborted(string message) => new(QuicError.OperationAborted, null, message);

    private static QuicError KindOf(QuicFault fault, bool isHandshakeComplete, Exception? cause)
    {
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
            _ when cause is not null => QuicError.CallbackError,
            TransportErrorCode.ConnectionRefused => QuicError.ConnectionRefused,
            TransportErrorCode.VersionNegotiationError => QuicError.VersionNegotiationError,
            TransportErrorCode.InternalError when fault.Blame == ErrorBlame.Local => QuicError.InternalError,
            TransportErrorCode.NoError or TransportErrorCode.ApplicationError
                when fault.Blame == ErrorBlame.Local => QuicError.OperationAborted,
            _ => QuicError.TransportError,
        };
    }

    private static string MessageOf(QuicError error, QuicFault fault)
    {
        var what = error switch
        {
            QuicError.ConnectionAborted => $"The peer closed the connection with error code {fault.Code} (0x{fault.Code:x}).",
            QuicError.ConnectionIdle => "The connection idled out.",
            QuicError.ConnectionTimeout => "The connection could not be made in time.",
            QuicError.OperationAborted => "The connection was closed on this side.",
            QuicError.ConnectionRefused => "The connection was refused.",
            QuicError.CallbackError => "A callback of the application threw; see the inner exception.",
            _ => $"The connection failed with {TransportErrorCodes.NameOf(fault.Code)}.",
        };
        return fault.Reason.Length == 0 ? what : $"{what} {fault.Reason}";
    }
}
