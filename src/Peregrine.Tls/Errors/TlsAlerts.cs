namespace Peregrine.Tls;

/// <summary>What the alerts are called (RFC 8446 §6), for sentences that people read.</summary>
internal static class TlsAlerts
{
    /// <summary>The name the RFC prints; a number that has none is called by its number.</summary>
    public static string NameOf(TlsAlert alert) => alert switch
    {
        TlsAlert.CloseNotify => "close_notify",
        TlsAlert.UnexpectedMessage => "unexpected_message",
        TlsAlert.BadRecordMac => "bad_record_mac",
        TlsAlert.RecordOverflow => "record_overflow",
        TlsAlert.HandshakeFailure => "handshake_failure",
        TlsAlert.BadCertificate => "bad_certificate",
        TlsAlert.UnsupportedCertificate => "unsupported_certificate",
        TlsAlert.CertificateRevoked => "certificate_revoked",
        TlsAlert.CertificateExpired => "certificate_expired",
        TlsAlert.CertificateUnknown => "certificate_unknown",
        TlsAlert.IllegalParameter => "illegal_parameter",
        TlsAlert.UnknownCa => "unknown_ca",
        TlsAlert.AccessDenied => "access_denied",
        TlsAlert.DecodeError => "decode_error",
        TlsAlert.DecryptError => "decrypt_error",
        TlsAlert.ProtocolVersion => "protocol_version",
        TlsAlert.InsufficientSecurity => "insufficient_security",
        TlsAlert.InternalError => "internal_error",
        TlsAlert.InappropriateFallback => "inappropriate_fallback",
        TlsAlert.UserCanceled => "user_canceled",
        TlsAlert.MissingExtension => "missing_extension",
        TlsAlert.UnsupportedExtension => "unsupported_extension",
        TlsAlert.UnrecognizedName => "unrecognized_name",
        TlsAlert.BadCertificateStatusResponse => "bad_certificate_status_response",
        TlsAlert.UnknownPskIdentity => "unknown_psk_identity",
        TlsAlert.CertificateRequired => "certificate_required",
        TlsAlert.NoApplicationProtocol => "no_application_protocol",
        _ => $"alert {(byte)alert}",
    };
}
