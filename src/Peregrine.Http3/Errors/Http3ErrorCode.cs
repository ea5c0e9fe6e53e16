namespace Peregrine.Http3;

/// <summary>
/// Application error codes of HTTP/3 (RFC 9114 §8.1), QPACK (RFC 9204 §6) and HTTP datagrams (RFC 9297 §5.2). A code of an extension is
/// any other value from 0 to 2^62 - 1, cast to this type.
/// </summary>
public enum Http3ErrorCode : long
{
    /// <summary>A datagram or capsule was malformed (H3_DATAGRAM_ERROR).</summary>
    DatagramError = 0x33,

    /// <summary>There is no error (H3_NO_ERROR).</summary>
    NoError = 0x100,

    /// <summary>The peer broke a rule that no other code names (H3_GENERAL_PROTOCOL_ERROR).</summary>
    GeneralProtocolError = 0x101,

    /// <summary>Something failed on our side (H3_INTERNAL_ERROR).</summary>
    InternalError = 0x102,

    /// <summary>The peer created a stream that is not accepted (H3_STREAM_CREATION_ERROR).</summary>
    StreamCreationError = 0x103,

    /// <summary>A stream that must live as long as the connection was closed (H3_CLOSED_CRITICAL_STREAM).</summary>
    ClosedCriticalStream = 0x104,

    /// <summary>A frame was not permitted here (H3_FRAME_UNEXPECTED).</summary>
    FrameUnexpected = 0x105,

    /// <summary>A frame's length or layout was wrong (H3_FRAME_ERROR).</summary>
    FrameError = 0x106,

    /// <summary>The peer causes more work than is reasonable (H3_EXCESSIVE_LOAD).</summary>
    ExcessiveLoad = 0x107,

    /// <summary>An identifier was used wrongly: beyond its limit, reduced, or used twice (H3_ID_ERROR).</summary>
    IdError = 0x108,

    /// <summary>A setting was malformed, forbidden or repeated (H3_SETTINGS_ERROR).</summary>
    SettingsError = 0x109,

    /// <summary>The control stream did not begin with SETTINGS (H3_MISSING_SETTINGS).</summary>
    MissingSettings = 0x10a,

    /// <summary>The server did nothing with the request; it may be sent again (H3_REQUEST_REJECTED).</summary>
    RequestRejected = 0x10b,

    /// <summary>The request or its response is no longer wanted (H3_REQUEST_CANCELLED).</summary>
    RequestCancelled = 0x10c,

    /// <summary>The client's stream ended before the request was whole (H3_REQUEST_INCOMPLETE).</summary>
    RequestIncomplete = 0x10d,

    /// <summary>The message was malformed (H3_MESSAGE_ERROR).</summary>
    MessageError = 0x10e,

    /// <summary>The connection made for a CONNECT request was reset or closed abnormally (H3_CONNECT_ERROR).</summary>
    ConnectError = 0x10f,

    /// <summary>The request cannot be served over HTTP/3; try HTTP/1.1 (H3_VERSION_FALLBACK).</summary>
    VersionFallback = 0x110,

    /// <summary>A field section could not be decoded (QPACK_DECOMPRESSION_FAILED).</summary>
    QpackDecompressionFailed = 0x200,

    /// <summary>An instruction on the encoder stream was wrong (QPACK_ENCODER_STREAM_ERROR).</summary>
    QpackEncoderStreamError = 0x201,

    /// <summary>An instruction on the decoder stream was wrong (QPACK_DECODER_STREAM_ERROR).</summary>
    QpackDecoderStreamError = 0x202,
}
