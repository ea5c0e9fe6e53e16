namespace Peregrine.WebTransport;

/// <summary>
/// A session or a stream failed, ended, or was refused. Derives from <see cref="IOException"/>, as users of streams expect.
/// </summary>
public sealed class WebTransportException : IOException
{
    /// <summary>Creates an exception without details.</summary>
    public WebTransportException()
        : this("The WebTransport operation failed.")
    {
    }

    /// <summary>Creates an exception that concerns a session.</summary>
    /// <param name="message">A sentence that says what went wrong.</param>
    public WebTransportException(string message)
        : this(message, null)
    {
    }

    /// <summary>Creates an exception that concerns a session.</summary>
    /// <param name="message">A sentence that says what went wrong.</param>
    /// <param name="innerException">What caused it.</param>
    public WebTransportException(string message, Exception? innerException)
        : this(WebTransportError.ConnectionFailed, WebTransportErrorSource.Session, null, message, innerException)
    {
    }

    internal WebTransportException(
        WebTransportError error, WebTransportErrorSource source, uint? errorCode, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        ErrorSource = source;
        ErrorCode = errorCode;
    }

    /// <summary>What went wrong.</summary>
    public WebTransportError Error { get; }

    /// <summary>Whether the session or one stream is concerned.</summary>
    public WebTransportErrorSource ErrorSource { get; }

    /// <summary>
    /// The application's 32-bit code: of the stream (draft-ietf-webtrans-http3 §4.4) or of the session's close (§6). Null when the peer
    /// gave none, as when a stream ends with its session.
    /// </summary>
    public uint? ErrorCode { get; }

    /// <summary>The HTTP status (300 to 599) the server refused the session with; null for other errors.</summary>
    public int? StatusCode { get; internal init; }

    /// <summary>The header fields of the response that refused the session; empty for other errors.</summary>
    public WebTransportHeaders ResponseHeaders { get; internal init; } = WebTransportHeaders.Empty;
}
