using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>
/// Parses one certificate of a peer's. The platform's loader would take PEM and trailing bytes as well; TLS carries DER and nothing else.
/// </summary>
internal static class PeerCertificate
{
    private const byte DerSequence = 0x30;

    /// <exception cref="CryptographicException">The bytes are not exactly one certificate in DER.</exception>
    public static X509Certificate2 Load(ReadOnlySpan<byte> der)
    {
        if (der.IsEmpty || der[0] != DerSequence)
            throw new CryptographicException("The bytes are not DER.");
        var certificate = X509CertificateLoader.LoadCertificate(der);
        if (certificate.RawDataMemory.Length == der.Length)
            return certificate;
        certificate.Dispose();
        throw new CryptographicException("Bytes follow the certificate.");
    }
}
