namespace Peregrine.WebTransport;

/// <summary>
/// HTTP/3 error codes WebTransport uses: those it registers (draft-ietf-webtrans-http3 §9.5) and those it borrows (RFC 9114 §8.1).
/// </summary>
internal static class WireErrorCode
{
    /// <summary>
    /// WT_BUFFERED_STREAM_REJECTED: the stream came before its session, and there was no room or no time left to wait for it.
    /// </summary>
    public const long BufferedStreamRejected = 0x3994_bd84;

    /// <summary>WT_SESSION_GONE: the stream's session has ended.</summary>
    public const long SessionGone = 0x170d_7b68;

    /// <summary>H3_NO_ERROR.</summary>
    public const long NoError = 0x100;

    /// <summary>H3_ID_ERROR: a session ID that no client-initiated bidirectional stream can have.</summary>
    public const long IdError = 0x108;

    /// <summary>H3_REQUEST_REJECTED: not processed at all; more sessions than the settings allow.</summary>
    public const long RequestRejected = 0x10b;

    /// <summary>H3_REQUEST_CANCELLED.</summary>
    public const long RequestCancelled = 0x10c;

    /// <summary>H3_MESSAGE_ERROR: a malformed capsule, or bytes after the closing one.</summary>
    public const long MessageError = 0x10e;
}
