namespace Peregrine.Http3;

/// <summary>The names the RFCs give to error codes.</summary>
internal static class Http3ErrorCodes
{
    /// <summary>The name and the number, as messages show them.</summary>
    public static string Describe(Http3ErrorCode code) => $"{NameOf(code)} (0x{(long)code:x})";

    /// <summary>The name in the RFC; for codes of extensions the number.</summary>
    public static string NameOf(Http3ErrorCode code) => code switch
    {
        Http3ErrorCode.DatagramError => "H3_DATAGRAM_ERROR",
        Http3ErrorCode.NoError => "H3_NO_ERROR",
        Http3ErrorCode.GeneralProtocolError => "H3_GENERAL_PROTOCOL_ERROR",
        Http3ErrorCode.InternalError => "H3_INTERNAL_ERROR",
        Http3ErrorCode.StreamCreationError => "H3_STREAM_CREATION_ERROR",
        Http3ErrorCode.ClosedCriticalStream => "H3_CLOSED_CRITICAL_STREAM",
        Http3ErrorCode.FrameUnexpected => "H3_FRAME_UNEXPECTED",
        Http3ErrorCode.FrameError => "H3_FRAME_ERROR",
        Http3ErrorCode.ExcessiveLoad => "H3_EXCESSIVE_LOAD",
        Http3ErrorCode.IdError => "H3_ID_ERROR",
        Http3ErrorCode.SettingsError => "H3_SETTINGS_ERROR",
        Http3ErrorCode.MissingSettings => "H3_MISSING_SETTINGS",
        Http3ErrorCode.RequestRejected => "H3_REQUEST_REJECTED",
        Http3ErrorCode.RequestCancelled => "H3_REQUEST_CANCELLED",
        Http3ErrorCode.RequestIncomplete => "H3_REQUEST_INCOMPLETE",
        Http3ErrorCode.MessageError => "H3_MESSAGE_ERROR",
        Http3ErrorCode.ConnectError => "H3_CONNECT_ERROR",
        Http3ErrorCode.VersionFallback => "H3_VERSION_FALLBACK",
        Http3ErrorCode.QpackDecompressionFailed => "QPACK_DECOMPRESSION_FAILED",
        Http3ErrorCode.QpackEncoderStreamError => "QPACK_ENCODER_STREAM_ERROR",
        Http3ErrorCode.QpackDecoderStreamError => "QPACK_DECODER_STREAM_ERROR",
        _ => "the application's error code",
    };
}
