namespace Peregrine.Quic;

/// <summary>
/// What kind of trouble a <see cref="QuicException"/> reports. Names and values are those of <c>System.Net.Quic.QuicError</c>.
/// </summary>
public enum QuicError
{
    /// <summary>No error.</summary>
    Success = 0,

    /// <summary>This stack failed. Its log says more.</summary>
    InternalError = 1,

    /// <summary>
    /// The peer's application closed the connection; <see cref="QuicException.ApplicationErrorCode"/> is the code it gave.
    /// </summary>
    ConnectionAborted = 2,

    /// <summary>
    /// The peer reset the stream, or stopped reading it; <see cref="QuicException.ApplicationErrorCode"/> is the code it gave.
    /// </summary>
    StreamAborted = 3,

    /// <summary>
    /// The handshake did not finish within <see cref="QuicConnectionOptions.HandshakeTimeout"/>, or the peer is out of reach; then the
    /// inner
    /// exception is a <see cref="System.Net.Sockets.SocketException"/>.
    /// </summary>
    ConnectionTimeout = 6,

    /// <summary>
    /// The server refused the connection (RFC 9000 §20.1, CONNECTION_REFUSED), or nobody listens on its port; the inner exception is then a
    /// <see cref="System.Net.Sockets.SocketException"/>.
    /// </summary>
    ConnectionRefused = 8,

    /// <summary>Client and server have no QUIC version in common (RFC 9000 §6).</summary>
    VersionNegotiationError = 9,

    /// <summary>Nothing was heard of the peer for the idle timeout (RFC 9000 §10.1).</summary>
    ConnectionIdle = 10,

    /// <summary>The operation ended because the stream or connection was closed or disposed on this side.</summary>
    OperationAborted = 12,

    /// <summary>
    /// A transport error closed the connection; <see cref="QuicException.TransportErrorCode"/> is its code (RFC 9000 §20.1).
    /// </summary>
    TransportError = 14,

    /// <summary>A callback of the application threw; the inner exception is what it threw.</summary>
    CallbackError = 15,
}
