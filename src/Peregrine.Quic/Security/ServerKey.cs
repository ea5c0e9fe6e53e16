using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>Finds out, by a signature on trial, whether a certificate's key can serve a handshake at all.</summary>
internal static class ServerKey
{
    /// <summary>The rest of a sentence that begins with the certificate, or null when it serves.</summary>
    public static string? WhyUnusable(X509Certificate2 certificate)
    {
        var key = CertificateKey.Of(certificate);
        if (key.RsaBits is { } bits and < CertificateKey.MinRsaBits)
            return $"has an RSA key of {bits} bits, and clients demand {CertificateKey.MinRsaBits} at least; make a larger one, or an ECDSA one.";
        if (KeyUsageCheck.Run(certificate) is not null)
            return "may not be used for digital signatures (its key usage), and clients refuse such certificates; issue it anew.";
        var signer = new X509Signer(certificate);
        foreach (var scheme in SignatureSchemes.ForHandshakes)
        {
            if (signer.CanSign(scheme))
                return Try(signer, key, scheme);
        }

        return "has a key of a kind that handshakes are not signed with; use an ECDSA key on P-256, P-384 or P-521, or an RSA key.";
    }

    private static string? Try(X509Signer signer, CertificateKey key, SignatureScheme scheme)
    {
        var content = "a signature on trial"u8;
        try
        {
            return key.Verify(scheme, content, signer.Sign(scheme, content))
                ? null
                : "and its private key do not belong together.";
        }
        catch (CryptographicException e)
        {
            return $"has a private key that cannot sign: {e.Message}";
        }
    }
}
