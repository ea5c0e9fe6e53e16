using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>
/// Whether a certificate's key may sign a handshake (RFC 8446 §4.4.2.2): yes, unless its key usage leaves digitalSignature out.
/// </summary>
internal static class KeyUsageCheck
{
    public static TlsFailure? Run(X509Certificate2 leaf)
    {
        try
        {
            foreach (var extension in leaf.Extensions)
            {
                if (extension is X509KeyUsageExtension usage
                    && (usage.KeyUsages & X509KeyUsageFlags.DigitalSignature) == X509KeyUsageFlags.None)
                {
                    return new TlsFailure(TlsAlert.UnsupportedCertificate, "The server's certificate may not be used for digital signatures.");
                }
            }

            return null;
        }
        catch (CryptographicException) // an extension that does not parse
        {
            return new TlsFailure(TlsAlert.BadCertificate, "The server's certificate has an extension that does not parse.");
        }
    }
}
