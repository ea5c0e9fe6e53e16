using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>Builds a chain and says what is wrong with it; the alerts are those of RFC 8446 §6.2.</summary>
internal static class ChainCheck
{
    private const string AnyExtendedKeyUsage = "2.5.29.37.0";

    public static TlsFailure? Run(X509Chain chain, X509Certificate2 leaf)
    {
        try
        {
            return chain.Build(leaf) ? CheckUsage(leaf) : Describe(chain);
        }
        catch (CryptographicException) // an extension that does not parse
        {
            return new TlsFailure(TlsAlert.BadCertificate, "The server's certificate chain could not be built.");
        }
    }

    // The gravest trouble names the failure; several often come together.
    private static TlsFailure Describe(X509Chain chain)
    {
        var all = X509ChainStatusFlags.NoError;
        foreach (var status in chain.ChainStatus)
            all |= status.Status;

        if (Has(X509ChainStatusFlags.Revoked))
            return new TlsFailure(TlsAlert.CertificateRevoked, "The server's certificate has been revoked.");
        if (Has(X509ChainStatusFlags.NotSignatureValid))
            return new TlsFailure(TlsAlert.BadCertificate, "The server's chain has a certificate with a wrong signature.");
        if (Has(X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain))
            return new TlsFailure(TlsAlert.UnknownCa, "The server's certificate does not lead to a trusted root.");
        if (Has(X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.CtlNotTimeValid))
            return new TlsFailure(TlsAlert.CertificateExpired, "The server's certificate or one above it is expired or not valid yet.");
        if (Has(X509ChainStatusFlags.NotValidForUsage))
            return new TlsFailure(TlsAlert.UnsupportedCertificate, "The server's certificate is not made for TLS servers.");
        if (Has(X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation))
            return new TlsFailure(TlsAlert.CertificateUnknown, "Whether the server's certificate has been revoked is not known here.");
        return new TlsFailure(TlsAlert.BadCertificate, $"The server's certificate chain is not valid ({all}).");

        bool Has(X509ChainStatusFlags flags) => (all & flags) != X509ChainStatusFlags.NoError;
    }

    // RFC 5280 §4.2.1.3, §4.2.1.12; RFC 8446 §4.4.2.2. Checked here too, since an application's policy may not have asked for it.
    private static TlsFailure? CheckUsage(X509Certificate2 leaf)
    {
        foreach (var extension in leaf.Extensions)
        {
            if (extension is X509EnhancedKeyUsageExtension enhanced && !AllowsServers(enhanced))
                return new TlsFailure(TlsAlert.UnsupportedCertificate, "The server's certificate is not made for TLS servers.");
        }

        return KeyUsageCheck.Run(leaf);
    }

    private static bool AllowsServers(X509EnhancedKeyUsageExtension usage)
    {
        foreach (var purpose in usage.EnhancedKeyUsages)
        {
            if (purpose.Value is CertificateTrust.ServerAuthentication or AnyExtendedKeyUsage)
                return true;
        }

        return false;
    }
}
