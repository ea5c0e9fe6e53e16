namespace Peregrine.WebTransport;

/// <summary>What went wrong, as <see cref="WebTransportException.Error"/> tells it.</summary>
public enum WebTransportError
{
    /// <summary>The connection could not be made, or was lost; the inner exception says how.</summary>
    ConnectionFailed,

    /// <summary>The peer speaks no version of WebTransport that is spoken here, or broke its rules.</summary>
    ProtocolError,

    /// <summary>The server answered the request with a status other than 2xx; see <see cref="WebTransportException.StatusCode"/>.</summary>
    SessionRejected,

    /// <summary>The session has ended, here or at the peer; see <see cref="WebTransportException.ErrorCode"/> for its code.</summary>
    SessionClosed,

    /// <summary>The peer reset its sending half of the stream, or asked this side to stop sending.</summary>
    StreamAborted,

    /// <summary>This side aborted the stream or disposed it while the operation was under way.</summary>
    OperationAborted,
}
