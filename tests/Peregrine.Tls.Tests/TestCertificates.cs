using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bcl = System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls.Tests;

/// <summary>Makes certificates with the platform: a root of our own, leaves under it, and self-signed ones.</summary>
internal static class TestCertificates
{
    public const string Host = "peregrine.test";
    public static readonly DateTimeOffset Now = HandshakePair.Start.AddDays(3);

    public static X509Certificate2 Root { get; } = MakeRoot();

    public static CertificateTrust TrustRoot { get; } = new() { Roots = [Root] };

    /// <summary>A server credential of one kind of key under <see cref="Root"/>.</summary>
    public static ServerCredential Credential(SignatureKeyKind kind, Leaf? leaf = null)
    {
        if (kind == SignatureKeyKind.Ed25519)
            return HandshakePair.Ed25519Credential;
        var certificate = Issue(leaf ?? new Leaf(), Key(kind));
        return new ServerCredential([certificate.RawData], new X509Signer(certificate));
    }

    public static AsymmetricAlgorithm Key(SignatureKeyKind kind) => kind switch
    {
        SignatureKeyKind.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        SignatureKeyKind.EcdsaP521 => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        SignatureKeyKind.RsaEncryption => RSA.Create(2048),
        _ => ECDsa.Create(ECCurve.NamedCurves.nistP256),
    };

    /// <summary>A leaf with its private key, signed by the root or by itself.</summary>
    public static X509Certificate2 Issue(Leaf leaf, AsymmetricAlgorithm? key = null)
    {
        key ??= Key(SignatureKeyKind.EcdsaP256);
        var request = Request($"CN={leaf.CommonName}", key);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in leaf.DnsNames)
            names.AddDnsName(name);
        foreach (var address in leaf.Addresses)
            names.AddIpAddress(address);
        if (leaf.DnsNames.Length + leaf.Addresses.Length > 0)
            request.CertificateExtensions.Add(names.Build());
        if (leaf.Purpose is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(leaf.Purpose)], critical: false));
        if (leaf.KeyUsage is { } usage)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        if (leaf.SelfSigned)
            return request.CreateSelfSigned(leaf.NotBefore, leaf.NotAfter);

        var issuer = leaf.Issuer ?? Root;
        var signature = X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!);
        var issued = request.Create(issuer.SubjectName, signature, leaf.NotBefore, leaf.NotAfter, [1, 2, 3, 4]);
        return key is RSA rsa ? issued.CopyWithPrivateKey(rsa) : issued.CopyWithPrivateKey((ECDsa)key);
    }

    /// <summary>A certificate authority under another one.</summary>
    public static X509Certificate2 Intermediate(string name, X509Certificate2 issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.Create(issuer, HandshakePair.Start.AddDays(-5), HandshakePair.Start.AddDays(90), [9, 9]).CopyWithPrivateKey(key);
    }

    public static IReadOnlyList<ReadOnlyMemory<byte>> Der(params X509Certificate2[] chain) =>
        [.. chain.Select(certificate => new ReadOnlyMemory<byte>(certificate.RawData))];

    private static X509Certificate2 MakeRoot()
    {
        var request = Request("CN=Peregrine test root", ECDsa.Create(ECCurve.NamedCurves.nistP256));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(HandshakePair.Start.AddYears(-1), HandshakePair.Start.AddYears(1));
    }

    private static Bcl.CertificateRequest Request(string name, AsymmetricAlgorithm key) => key is RSA rsa
        ? new Bcl.CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : new Bcl.CertificateRequest(name, (ECDsa)key, HashAlgorithmName.SHA256);

    /// <summary>What is said in a leaf. The defaults make a good one.</summary>
    internal sealed record Leaf
    {
        public string CommonName { get; init; } = "somebody";

        public string[] DnsNames { get; init; } = [Host];

        public IPAddress[] Addresses { get; init; } = [];

        public string? Purpose { get; init; } = "1.3.6.1.5.5.7.3.1";

        public X509KeyUsageFlags? KeyUsage { get; init; }

        public DateTimeOffset NotBefore { get; init; } = HandshakePair.Start;

        public DateTimeOffset NotAfter { get; init; } = HandshakePair.Start.AddDays(13);

        public bool SelfSigned { get; init; }

        public X509Certificate2? Issuer { get; init; }
    }
}
