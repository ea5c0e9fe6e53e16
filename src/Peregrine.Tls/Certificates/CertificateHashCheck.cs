using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>
/// "Verify a certificate hash" and the custom certificate requirements of W3C WebTransport, in the order in which browsers check them:
/// the hash, the version, the length of the validity period, whether it is now, the key, and whether it may sign. Names and issuers play
/// no part.
/// </summary>
internal static class CertificateHashCheck
{
    /// <summary>Two weeks, and the second by which makers of certificates commonly miss it.</summary>
    private static readonly TimeSpan MaxValidity = TimeSpan.FromDays(14) + TimeSpan.FromSeconds(1);

    private const int Version3 = 3;

    public static TlsFailure? Run(X509Certificate2 leaf, IReadOnlyList<ReadOnlyMemory<byte>> sha256Hashes, DateTimeOffset now)
    {
        if (!Matches(leaf, sha256Hashes))
            return new TlsFailure(TlsAlert.CertificateUnknown, "The server's certificate has none of the expected SHA-256 hashes.");

        if (leaf.Version != Version3)
            return new TlsFailure(TlsAlert.UnsupportedCertificate, "A certificate accepted by its hash must be of X.509 version 3.");

        var notBefore = leaf.NotBefore.ToUniversalTime();
        var notAfter = leaf.NotAfter.ToUniversalTime();
        if (notAfter - notBefore > MaxValidity)
            return new TlsFailure(TlsAlert.CertificateUnknown, "A certificate accepted by its hash must not be valid for more than 14 days.");
        if (now.UtcDateTime < notBefore || now.UtcDateTime > notAfter)
            return new TlsFailure(TlsAlert.CertificateExpired, "The server's certificate has expired or is not valid yet.");
        return CertificateKey.Of(leaf).Kind is SignatureKeyKind.EcdsaP256 or SignatureKeyKind.EcdsaP384
            ? KeyUsageCheck.Run(leaf)
            : new TlsFailure(TlsAlert.UnsupportedCertificate, "A certificate accepted by its hash must have an ECDSA P-256 or P-384 key.");
    }

    private static bool Matches(X509Certificate2 leaf, IReadOnlyList<ReadOnlyMemory<byte>> sha256Hashes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(leaf.RawDataMemory.Span, hash);
        var matches = false;
        foreach (var expected in sha256Hashes)
            matches |= CryptographicOperations.FixedTimeEquals(expected.Span, hash);
        return matches;
    }
}
