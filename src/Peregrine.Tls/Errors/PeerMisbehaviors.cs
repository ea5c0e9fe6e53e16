using static Peregrine.Tls.TlsAlert;

namespace Peregrine.Tls;

/// <summary>The one place where a misbehaviour gets its alert and its sentence.</summary>
internal static class PeerMisbehaviors
{
    public static TlsFailure Failure(PeerMisbehavior misbehavior)
    {
        var (alert, message) = Describe(misbehavior);
        return new TlsFailure(alert, message)
        {
            IsProtocolViolation = IsQuicRule(misbehavior),
            IsBufferExceeded = misbehavior == PeerMisbehavior.TooManyBytesWhilePaused,
        };
    }

    // RFC 9001 §4.1.3, §4.4, §4.6.1, §8.3 and §8.4 answer these with PROTOCOL_VIOLATION; the alert beside them is for the log only.
    private static bool IsQuicRule(PeerMisbehavior misbehavior) => misbehavior
        is PeerMisbehavior.CryptoAtWrongLevel
        or PeerMisbehavior.MessageAcrossKeyChange
        or PeerMisbehavior.PostHandshakeCertificateRequest
        or PeerMisbehavior.WrongMaxEarlyDataSize
        or PeerMisbehavior.CompatibilityModeRequested;

    private static (TlsAlert Alert, string Message) Describe(PeerMisbehavior misbehavior) => misbehavior switch
    {
        PeerMisbehavior.MalformedClientHello => (DecodeError, "The ClientHello does not parse."),
        PeerMisbehavior.MalformedServerHello => (DecodeError, "The ServerHello does not parse."),
        PeerMisbehavior.MalformedEncryptedExtensions => (DecodeError, "The EncryptedExtensions message does not parse."),
        PeerMisbehavior.MalformedCertificateMessage => (DecodeError, "The Certificate message does not parse."),
        PeerMisbehavior.MalformedCertificateRequest => (DecodeError, "The CertificateRequest does not parse."),
        PeerMisbehavior.MalformedCertificateVerify => (DecodeError, "The CertificateVerify does not parse."),
        PeerMisbehavior.MalformedFinished => (DecodeError, "The Finished message does not have the length of the suite's hash."),
        PeerMisbehavior.MalformedNewSessionTicket => (DecodeError, "The NewSessionTicket does not parse."),
        PeerMisbehavior.MalformedExtensions => (DecodeError, "The list of extensions does not parse."),
        PeerMisbehavior.MalformedServerName => (DecodeError, "The server_name extension does not parse."),
        PeerMisbehavior.MalformedSupportedGroups => (DecodeError, "The supported_groups extension does not parse."),
        PeerMisbehavior.MalformedSignatureAlgorithms => (DecodeError, "The signature_algorithms extension does not parse."),
        PeerMisbehavior.MalformedApplicationProtocols =>
            (DecodeError, "The application_layer_protocol_negotiation extension does not parse."),
        PeerMisbehavior.MalformedKeyShare => (DecodeError, "The key_share extension does not parse."),
        PeerMisbehavior.MalformedSupportedVersions => (DecodeError, "The supported_versions extension does not parse."),
        PeerMisbehavior.MalformedCookie => (DecodeError, "The cookie extension does not parse."),
        PeerMisbehavior.MalformedEarlyData => (DecodeError, "The early_data extension is not empty."),
        PeerMisbehavior.MalformedPskModes => (DecodeError, "The psk_key_exchange_modes extension does not parse."),
        PeerMisbehavior.MalformedPreSharedKey => (DecodeError, "The pre_shared_key extension does not parse."),

        PeerMisbehavior.UnexpectedMessage => (TlsAlert.UnexpectedMessage, "The peer sent a handshake message that may not stand there."),
        PeerMisbehavior.KeyUpdateMessage =>
            (TlsAlert.UnexpectedMessage, "The peer sent a TLS KeyUpdate message, which QUIC does not use."), // RFC 9001 §6
        PeerMisbehavior.MessageTooLong => (IllegalParameter, "The peer sent a handshake message of more than 64 KiB."),
        PeerMisbehavior.TooManyBytesWhilePaused =>
            (InternalError, "The peer sent more than 64 KiB of handshake while the handshake was waiting for us."),
        PeerMisbehavior.TooManyPostHandshakeMessages =>
            (TlsAlert.UnexpectedMessage, "The server sent more post-handshake messages than we take."),
        PeerMisbehavior.CryptoAtWrongLevel =>
            (TlsAlert.UnexpectedMessage, "The peer sent handshake bytes at an encryption level that cannot carry them now."),
        PeerMisbehavior.MessageAcrossKeyChange =>
            (TlsAlert.UnexpectedMessage, "The peer left handshake bytes behind at a level whose keys have changed."),
        PeerMisbehavior.PostHandshakeCertificateRequest =>
            (TlsAlert.UnexpectedMessage, "The server asked for a certificate after the handshake."),

        PeerMisbehavior.DuplicateExtension => (IllegalParameter, "The peer sent the same extension twice in one message."),
        PeerMisbehavior.UnsolicitedExtension => (UnsupportedExtension, "The server sent an extension that was not asked for there."),
        PeerMisbehavior.ExtensionInWrongMessage => (IllegalParameter, "The server sent an extension in a message that may not carry it."),
        PeerMisbehavior.MissingTransportParameters => (MissingExtension, "The peer sent no quic_transport_parameters extension."),
        PeerMisbehavior.MissingApplicationProtocols => (NoApplicationProtocol, "The peer sent no application protocol (ALPN)."),
        PeerMisbehavior.MissingSupportedGroups => (MissingExtension, "The peer sent no supported_groups extension."),
        PeerMisbehavior.MissingKeyShare => (MissingExtension, "The peer sent no key_share extension."),
        PeerMisbehavior.MissingSignatureAlgorithms => (MissingExtension, "The peer sent no signature_algorithms extension."),
        PeerMisbehavior.MissingPskModes => (MissingExtension, "The client sent pre_shared_key without psk_key_exchange_modes."),
        PeerMisbehavior.PreSharedKeyNotLast => (IllegalParameter, "The client's pre_shared_key is not its last extension."),
        PeerMisbehavior.BinderCount => (IllegalParameter, "The client's pre_shared_key does not have one binder for each identity."),
        PeerMisbehavior.TooManyApplicationProtocols =>
            (IllegalParameter, "The peer sent more application protocols (ALPN) than we take."),
        PeerMisbehavior.InvalidServerName => (IllegalParameter, "The server_name is not a host name."),
        PeerMisbehavior.WrongMaxEarlyDataSize =>
            (IllegalParameter, "The ticket's max_early_data_size is not the one value that QUIC allows."),

        PeerMisbehavior.VersionNotOffered => (TlsAlert.ProtocolVersion, "The peer does not speak TLS 1.3."),
        PeerMisbehavior.WrongVersionChosen => (IllegalParameter, "The server chose a version that was not offered."),
        PeerMisbehavior.Ssl3Hello => (TlsAlert.ProtocolVersion, "The hello's legacy_version is that of SSL 3.0."), // RFC 8446 §D.5
        PeerMisbehavior.Downgraded =>
            (IllegalParameter, "The server speaks TLS 1.3 and yet chose an older version, as it does when somebody changed the hello."),
        PeerMisbehavior.CompatibilityModeRequested =>
            (IllegalParameter, "The client asked for TLS's middlebox compatibility mode, which QUIC forbids."),
        PeerMisbehavior.WrongSessionIdEcho => (IllegalParameter, "The server's legacy_session_id_echo is not what was sent."),
        PeerMisbehavior.CompressionOffered => (IllegalParameter, "The client's legacy_compression_methods is not the null method alone."),
        PeerMisbehavior.CompressionChosen => (IllegalParameter, "The server chose a compression method."),
        PeerMisbehavior.NoCommonCipherSuite => (HandshakeFailure, "The client offers no cipher suite that is allowed here."),
        PeerMisbehavior.NoCommonGroup => (HandshakeFailure, "The client offers no key exchange group that is allowed here."),
        PeerMisbehavior.NoCommonSignatureScheme =>
            (HandshakeFailure, "The client offers no signature scheme that the server's key can make."),
        PeerMisbehavior.NoCommonApplicationProtocol =>
            (NoApplicationProtocol, "The client offers no application protocol (ALPN) that is spoken here."),
        PeerMisbehavior.CipherSuiteNotOffered => (IllegalParameter, "The server chose a cipher suite that was not offered."),
        PeerMisbehavior.CipherSuiteChangedAfterRetry =>
            (IllegalParameter, "The server's cipher suite differs from that of its HelloRetryRequest."),
        PeerMisbehavior.ApplicationProtocolNotOffered =>
            (NoApplicationProtocol, "The server chose an application protocol that was not offered."),

        PeerMisbehavior.KeyShareForGroupNotOffered =>
            (IllegalParameter, "The client sent a key share for a group it does not list as supported."),
        PeerMisbehavior.DuplicateKeyShare => (IllegalParameter, "The client sent two key shares for one group."),
        PeerMisbehavior.InvalidKeyShare => (IllegalParameter, "The peer's key share is not valid for its group."),
        PeerMisbehavior.KeyShareNotAsked => (IllegalParameter, "The server's key share is for a group for which none was sent."),
        PeerMisbehavior.RetryForGroupNotOffered => (IllegalParameter, "The HelloRetryRequest asks for a group that was not offered."),
        PeerMisbehavior.RetryForGroupAlreadyShared =>
            (IllegalParameter, "The HelloRetryRequest asks for a group whose share was sent already."),
        PeerMisbehavior.RetryWithoutChange => (IllegalParameter, "The HelloRetryRequest asks for no change."),
        PeerMisbehavior.CookieTooLong => (IllegalParameter, "The HelloRetryRequest's cookie is longer than we echo."),
        PeerMisbehavior.SecondRetryRequest => (TlsAlert.UnexpectedMessage, "The server sent a second HelloRetryRequest."),
        PeerMisbehavior.WrongKeyShareAfterRetry =>
            (IllegalParameter, "The second ClientHello does not have exactly the key share that was asked for."),
        PeerMisbehavior.ClientHelloChangedAfterRetry =>
            (IllegalParameter, "The second ClientHello differs from the first where it must not."),
        PeerMisbehavior.EarlyDataAfterRetry => (IllegalParameter, "The second ClientHello offers early data."),

        PeerMisbehavior.CertificateContextNotEmpty => (IllegalParameter, "The certificate_request_context is not empty."),
        PeerMisbehavior.NoCertificate => (DecodeError, "The server sent no certificate."), // RFC 8446 §4.4.2.4
        PeerMisbehavior.TooManyCertificates => (BadCertificate, "The server's chain has more certificates than we take."),
        PeerMisbehavior.UnreadableCertificate => (BadCertificate, "The server's certificate does not parse."),
        PeerMisbehavior.RsaKeySize => (UnsupportedCertificate, "The certificate's RSA key has fewer than 2048 or more than 8192 bits."),
        PeerMisbehavior.SignatureSchemeNotOffered =>
            (IllegalParameter, "The CertificateVerify uses a signature scheme that was not offered."),
        PeerMisbehavior.SignatureSchemeDoesNotFitKey =>
            (IllegalParameter, "The CertificateVerify uses a signature scheme that does not fit the certificate's key."),
        PeerMisbehavior.WrongSignature => (DecryptError, "The signature of the CertificateVerify is wrong."),
        PeerMisbehavior.WrongFinished => (DecryptError, "The Finished message is wrong."),
        _ => (InternalError, "The handshake failed."),
    };
}
