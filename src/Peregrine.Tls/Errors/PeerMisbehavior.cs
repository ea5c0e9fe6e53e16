namespace Peregrine.Tls;

/// <summary>Everything we catch a peer at. <see cref="PeerMisbehaviors"/> says what each is called and which alert answers it.</summary>
internal enum PeerMisbehavior
{
    // Bytes that do not parse.
    MalformedClientHello,
    MalformedServerHello,
    MalformedEncryptedExtensions,
    MalformedCertificateMessage,
    MalformedCertificateRequest,
    MalformedCertificateVerify,
    MalformedFinished,
    MalformedNewSessionTicket,
    MalformedExtensions,
    MalformedServerName,
    MalformedSupportedGroups,
    MalformedSignatureAlgorithms,
    MalformedApplicationProtocols,
    MalformedKeyShare,
    MalformedSupportedVersions,
    MalformedCookie,

    // Messages where they may not stand.
    UnexpectedMessage,
    KeyUpdateMessage,
    MessageTooLong,
    TooManyBytesWhilePaused,
    TooManyPostHandshakeMessages,
    CryptoAtWrongLevel,
    MessageAcrossKeyChange,
    PostHandshakeCertificateRequest,

    // Extensions.
    DuplicateExtension,
    UnsolicitedExtension,
    ExtensionInWrongMessage,
    MissingTransportParameters,
    MissingApplicationProtocols,
    MissingSupportedGroups,
    MissingKeyShare,
    MissingSignatureAlgorithms,
    MissingPskModes,
    PreSharedKeyNotLast,
    InvalidServerName,
    WrongMaxEarlyDataSize,

    // Hellos.
    VersionNotOffered,
    WrongVersionChosen,
    WrongLegacyVersion,
    CompatibilityModeRequested,
    WrongSessionIdEcho,
    CompressionOffered,
    CompressionChosen,
    NoCommonCipherSuite,
    NoCommonGroup,
    NoCommonSignatureScheme,
    NoCommonApplicationProtocol,
    CipherSuiteNotOffered,
    CipherSuiteChangedAfterRetry,
    ApplicationProtocolNotOffered,

    // Key shares and retries.
    KeyShareForGroupNotOffered,
    DuplicateKeyShare,
    InvalidKeyShare,
    KeyShareNotAsked,
    RetryForGroupNotOffered,
    RetryForGroupAlreadyShared,
    RetryWithoutChange,
    SecondRetryRequest,
    WrongKeyShareAfterRetry,
    ClientHelloChangedAfterRetry,
    EarlyDataAfterRetry,

    // Certificates and proofs.
    CertificateContextNotEmpty,
    NoCertificate,
    TooManyCertificates,
    UnreadableCertificate,
    RsaKeySize,
    SignatureSchemeNotOffered,
    SignatureSchemeDoesNotFitKey,
    WrongSignature,
    WrongFinished,
}
