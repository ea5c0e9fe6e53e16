using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Quic.Tests;

/// <summary>Self-signed certificates for localhost, made once.</summary>
internal static class TestCertificates
{
    private static readonly Lazy<X509Certificate2> LazyShort = new(() => Make(TimeSpan.FromDays(10)));
    private static readonly Lazy<X509Certificate2> LazyLong = new(() => Make(TimeSpan.FromDays(300)));

    /// <summary>Valid for ten days, as a certificate that is trusted by its hash must be.</summary>
    public static X509Certificate2 Short => LazyShort.Value;

    public static X509Certificate2 Long => LazyLong.Value;

    public static byte[] HashOf(X509Certificate2 certificate) => SHA256.HashData(certificate.RawData);

    private static X509Certificate2 Make(TimeSpan validity)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now - TimeSpan.FromDays(1), now - TimeSpan.FromDays(1) + validity);
    }
}
