using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.WebTransport;

/// <summary>
/// Certificates for servers that browsers reach by <c>serverCertificateHashes</c>, without a certificate authority: self-signed, ECDSA on
/// P-256, valid for at most fourteen days (W3C WebTransport, "verify a certificate hash").
/// </summary>
public static class WebTransportCertificate
{
    /// <summary>The longest validity browsers accept together with a hash.</summary>
    public static readonly TimeSpan MaxValidity = TimeSpan.FromDays(14);

    private static readonly TimeSpan DefaultValidity = TimeSpan.FromDays(13);

    // A client whose clock is a little slow should find the certificate valid already.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private static readonly string[] DefaultNames = ["localhost", "127.0.0.1", "::1"];

    /// <summary>Makes a key and a certificate for it, in memory.</summary>
    /// <param name="names">
    /// DNS names and IP addresses for the certificate; <c>localhost</c>, <c>127.0.0.1</c> and <c>::1</c> when there are none. Clients that
    /// check by hash do not look at them.
    /// </param>
    /// <param name="validity">From now; 13 days when null, at most <see cref="MaxValidity"/> less one hour.</param>
    /// <param name="timeProvider">The clock; the system's when null.</param>
    /// <returns>A certificate with its private key. Dispose it when the server has stopped.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The validity is not positive, or too long for browsers.</exception>
    public static X509Certificate2 CreateSelfSigned(
        IEnumerable<string>? names = null, TimeSpan? validity = null, TimeProvider? timeProvider = null)
    {
        var lifetime = validity ?? DefaultValidity;
        if (lifetime <= TimeSpan.Zero || lifetime > MaxValidity - ClockSkew)
        {
            throw new ArgumentOutOfRangeException(
                nameof(validity), lifetime,
                "Browsers accept a certificate hash for at most 14 days of validity; ask for 13 days and 23 hours or less.");
        }

        string[] all = names is null ? DefaultNames : [.. names];
        if (all.Length == 0)
            all = DefaultNames;
        var alternativeNames = new SubjectAlternativeNameBuilder();
        foreach (var name in all)
        {
            if (IPAddress.TryParse(name, out var address))
                alternativeNames.AddIpAddress(address);
            else
                alternativeNames.AddDnsName(name);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(all[0]);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(alternativeNames.Build());

        var now = (timeProvider ?? TimeProvider.System).GetUtcNow();
        return request.CreateSelfSigned(now - ClockSkew, now + lifetime);
    }

    /// <summary>
    /// The SHA-256 hash of a certificate's DER form, 32 bytes: what browsers take as <c>serverCertificateHashes</c> and
    /// <see cref="WebTransportClientOptions.ServerCertificateHashes"/> takes as well.
    /// </summary>
    /// <param name="certificate">The server's certificate.</param>
    public static byte[] Hash(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return SHA256.HashData(certificate.RawDataMemory.Span);
    }
}
