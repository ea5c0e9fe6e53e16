using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>Transport error codes (RFC 9000 §20.1). TLS alerts are <see cref="CryptoError"/> plus the alert.</summary>
internal enum TransportErrorCode : ulong
{
    NoError = 0x00,
    InternalError = 0x01,
    ConnectionRefused = 0x02,
    FlowControlError = 0x03,
    StreamLimitError = 0x04,
    StreamStateError = 0x05,
    FinalSizeError = 0x06,
    FrameEncodingError = 0x07,
    TransportParameterError = 0x08,
    ConnectionIdLimitError = 0x09,
    ProtocolViolation = 0x0a,
    InvalidToken = 0x0b,
    ApplicationError = 0x0c,
    CryptoBufferExceeded = 0x0d,
    KeyUpdateError = 0x0e,
    AeadLimitReached = 0x0f,
    NoViablePath = 0x10,

    /// <summary>RFC 9368 §10.</summary>
    VersionNegotiationError = 0x11,

    /// <summary>The first of 256 codes that carry a TLS alert in their low byte.</summary>
    CryptoError = 0x100,
}

internal static class TransportErrorCodes
{
    /// <summary>The name the RFC prints, or the number where it has none.</summary>
    public static string NameOf(ulong code) => (TransportErrorCode)code switch
    {
        TransportErrorCode.NoError => "NO_ERROR",
        TransportErrorCode.InternalError => "INTERNAL_ERROR",
        TransportErrorCode.ConnectionRefused => "CONNECTION_REFUSED",
        TransportErrorCode.FlowControlError => "FLOW_CONTROL_ERROR",
        TransportErrorCode.StreamLimitError => "STREAM_LIMIT_ERROR",
        TransportErrorCode.StreamStateError => "STREAM_STATE_ERROR",
        TransportErrorCode.FinalSizeError => "FINAL_SIZE_ERROR",
        TransportErrorCode.FrameEncodingError => "FRAME_ENCODING_ERROR",
        TransportErrorCode.TransportParameterError => "TRANSPORT_PARAMETER_ERROR",
        TransportErrorCode.ConnectionIdLimitError => "CONNECTION_ID_LIMIT_ERROR",
        TransportErrorCode.ProtocolViolation => "PROTOCOL_VIOLATION",
        TransportErrorCode.InvalidToken => "INVALID_TOKEN",
        TransportErrorCode.ApplicationError => "APPLICATION_ERROR",
        TransportErrorCode.CryptoBufferExceeded => "CRYPTO_BUFFER_EXCEEDED",
        TransportErrorCode.KeyUpdateError => "KEY_UPDATE_ERROR",
        TransportErrorCode.AeadLimitReached => "AEAD_LIMIT_REACHED",
        TransportErrorCode.NoViablePath => "NO_VIABLE_PATH",
        TransportErrorCode.VersionNegotiationError => "VERSION_NEGOTIATION_ERROR",
        _ when code is >= 0x100 and <= 0x1ff => $"CRYPTO_ERROR (TLS alert {code - 0x100}, {TlsAlerts.NameOf((TlsAlert)(code - 0x100))})",
        _ => $"0x{code:x}",
    };
}
