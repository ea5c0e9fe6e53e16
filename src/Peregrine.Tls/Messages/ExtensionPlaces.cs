namespace Peregrine.Tls;

/// <summary>The messages of a server's in which extensions stand, by the letters of RFC 8446 §4.2.</summary>
[Flags]
internal enum ExtensionPlaces
{
    None = 0,
    ServerHello = 1,
    RetryRequest = 2,
    EncryptedExtensions = 4,
    CertificateRequest = 8,
    Certificate = 16,
    NewSessionTicket = 32,
}
