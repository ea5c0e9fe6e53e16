namespace Peregrine.Quic;

/// <summary>Why a QUIC operation, stream or connection failed.</summary>
public sealed class QuicException : IOException
{
    /// <summary>Makes an exception of a kind, with the application's error code where there is one.</summary>
    /// <param name="error">The kind of trouble.</param>
    /// <param name="applicationErrorCode">The code an application gave, 0…2^62-1, or null where none did.</param>
    /// <param name="message">One sentence for people.</param>
    public QuicException(QuicError error, long? applicationErrorCode, string message)
        : this(error, applicationErrorCode, transportErrorCode: null, message, innerException: null)
    {
    }

    /// <summary>Makes an exception with everything that is known.</summary>
    /// <param name="error">The kind of trouble.</param>
    /// <param name="applicationErrorCode">The code an application gave, 0…2^62-1, or null where none did.</param>
    /// <param name="transportErrorCode">The transport's code (RFC 9000 §20.1), or null where none was involved.</param>
    /// <param name="message">One sentence for people.</param>
    /// <param name="innerException">What caused it, or null.</param>
    public QuicException(QuicError error, long? applicationErrorCode, long? transportErrorCode, string message, Exception? innerException)
        : base(message, innerException)
    {
        QuicError = error;
        ApplicationErrorCode = applicationErrorCode;
        TransportErrorCode = transportErrorCode;
    }

    /// <summary>The kind of trouble.</summary>
    public QuicError QuicError { get; }

    /// <summary>
    /// The code an application gave: the peer's for <see cref="QuicError.ConnectionAborted"/> and <see cref="QuicError.StreamAborted"/>.
    /// Null where no application did.
    /// </summary>
    public long? ApplicationErrorCode { get; }

    /// <summary>
    /// The transport's error code (RFC 9000 §20.1); 0x100 to 0x1ff carry a TLS alert in the low byte (RFC 9001 §4.8). Null where no
    /// transport error was involved.
    /// </summary>
    public long? TransportErrorCode { get; }
}
