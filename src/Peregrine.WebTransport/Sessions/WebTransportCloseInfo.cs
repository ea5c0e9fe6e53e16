namespace Peregrine.WebTransport;

/// <summary>How a session ended.</summary>
public sealed class WebTransportCloseInfo
{
    internal WebTransportCloseInfo(uint code, string reason, WebTransportCloseInitiator initiator, Exception? connectionError = null)
    {
        Code = code;
        Reason = reason;
        Initiator = initiator;
        ConnectionError = connectionError;
    }

    /// <summary>The application's code; 0 when the session ended without one (draft-ietf-webtrans-http3 §6).</summary>
    public uint Code { get; }

    /// <summary>The application's reason, at most 1,024 bytes of UTF-8; empty when there was none.</summary>
    public string Reason { get; }

    /// <summary>Who ended the session.</summary>
    public WebTransportCloseInitiator Initiator { get; }

    /// <summary>
    /// What broke the session when nobody closed it: the lost connection, or the peer's violation. Null for a clean close.
    /// </summary>
    public Exception? ConnectionError { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Initiator}: {Code} '{Reason}'{(ConnectionError is null ? "" : " (" + ConnectionError.Message + ")")}";
}
