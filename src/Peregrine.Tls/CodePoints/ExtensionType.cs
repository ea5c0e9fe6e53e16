namespace Peregrine.Tls;

/// <summary>
/// The extensions we send or read (RFC 8446 §4.2, RFC 9001 §8.2). Every other number is ignored where the RFC lets it be there.
/// </summary>
internal enum ExtensionType : ushort
{
    ServerName = 0,
    SupportedGroups = 10,
    SignatureAlgorithms = 13,
    ApplicationLayerProtocolNegotiation = 16,
    PreSharedKey = 41,
    EarlyData = 42,
    SupportedVersions = 43,
    Cookie = 44,
    PskKeyExchangeModes = 45,
    KeyShare = 51,
    QuicTransportParameters = 57,
}
