using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>Which roots are trusted, and how a chain is built. The default is the system's roots without revocation checks.</summary>
internal sealed class CertificateTrust
{
    /// <summary>id-kp-serverAuth.</summary>
    internal const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public static CertificateTrust System { get; } = new();

    /// <summary>These roots in place of the system's.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>
    /// The application's own policy. It is copied. Nothing is fetched, so its downloads are off, and Online revocation is not for us; its
    /// verification time counts if it sets one.
    /// </summary>
    public X509ChainPolicy? Policy { get; init; }

    /// <summary>Offline checks use the CRLs that the system has already. Online is refused where options are checked.</summary>
    public X509RevocationMode Revocation { get; init; } = X509RevocationMode.NoCheck;

    internal X509Chain CreateChain(ReceivedChain received, DateTimeOffset now)
    {
        var policy = Policy?.Clone() ?? new X509ChainPolicy { RevocationMode = Revocation };
        if (Roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Roots);
        }

        Debug.Assert(policy.RevocationMode != X509RevocationMode.Online, "The options' check refuses it.");
        if (policy.ApplicationPolicy.Count == 0)
            policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        policy.DisableCertificateDownloads = true;
        if (policy.VerificationTimeIgnored)
            policy.VerificationTime = now.UtcDateTime;
        foreach (var intermediate in received.Intermediates)
            policy.ExtraStore.Add(intermediate);
        return new X509Chain { ChainPolicy = policy };
    }
}
