using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using static Peregrine.Tls.Tests.TestCertificates;

namespace Peregrine.Tls.Tests;

/// <summary>
/// The negative certificate matrix (robustness T1, T7), each row run through a whole handshake, and the two other ways of trusting.
/// </summary>
public sealed class CertificateVerificationTests
{
    private static readonly Dictionary<string, (Leaf Leaf, TlsAlert? Alert)> Rows = new(StringComparer.Ordinal)
    {
        ["good"] = (new(), null),
        ["good, wildcard"] = (new() { DnsNames = ["*.test"] }, null),
        ["good, no EKU"] = (new() { Purpose = null }, null),
        ["good, key usage digitalSignature"] = (new() { KeyUsage = X509KeyUsageFlags.DigitalSignature }, null),
        ["expired"] = (new() { NotBefore = HandshakePair.Start.AddDays(-9), NotAfter = Now.AddSeconds(-1) }, TlsAlert.CertificateExpired),
        ["not valid yet"] = (new() { NotBefore = Now.AddSeconds(1) }, TlsAlert.CertificateExpired),
        ["wrong host"] = (new() { DnsNames = ["other.test"] }, TlsAlert.BadCertificate),
        ["wildcard over two labels"] = (new() { DnsNames = ["*.peregrine.test.example"] }, TlsAlert.BadCertificate),
        ["name in the subject alone"] = (new() { CommonName = Host, DnsNames = [] }, TlsAlert.BadCertificate), // RFC 9525 §6
        ["address in place of the name"] = (new() { DnsNames = [], Addresses = [IPAddress.Loopback] }, TlsAlert.BadCertificate),
        ["made for clients"] = (new() { Purpose = "1.3.6.1.5.5.7.3.2" }, TlsAlert.UnsupportedCertificate),
        ["key usage without digitalSignature"] = (new() { KeyUsage = X509KeyUsageFlags.NonRepudiation }, TlsAlert.UnsupportedCertificate),
        ["self-signed"] = (new() { SelfSigned = true }, TlsAlert.UnknownCa),
    };

    public static TheoryData<string> RowNames() => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(RowNames))]
    public void The_chain_s_verdict_ends_the_handshake_with_its_alert(string name)
    {
        var (leaf, alert) = Rows[name];
        using var certificate = Issue(leaf);
        var credential = new ServerCredential([certificate.RawData], new X509Signer(certificate));
        using var pair = new HandshakePair(server: HandshakePair.DefaultServer(credential))
        {
            Verdict = client => CertificateVerification.VerifyChain(client.PeerCertificates, Host, Now, TrustRoot),
        }.Run();

        if (alert is null)
        {
            pair.AssertComplete();
            return;
        }

        Assert.Equal(alert, pair.Client.Failure?.Alert);
        Assert.Equal(TlsState.Failed, pair.Client.State);
        Assert.DoesNotContain(pair.ClientEvents, e => e.Level == EncryptionLevel.Application);
        Assert.NotEqual(TlsState.Complete, pair.Server.State);
    }

    [Fact]
    public void By_default_only_the_system_s_roots_are_trusted()
    {
        using var leaf = Issue(new());
        Assert.Equal(TlsAlert.UnknownCa, CertificateVerification.VerifyChain(Der(leaf), Host, Now, CertificateTrust.System)!.Alert);
    }

    [Fact]
    public void Intermediates_come_from_the_peer_and_must_be_there()
    {
        using var intermediate = Intermediate("CN=between", Root);
        using var leaf = Issue(new() { Issuer = intermediate });
        Assert.Null(CertificateVerification.VerifyChain(Der(leaf, intermediate), Host, Now, TrustRoot));
        Assert.Equal(TlsAlert.UnknownCa, CertificateVerification.VerifyChain(Der(leaf), Host, Now, TrustRoot)!.Alert);
    }

    [Fact]
    public void A_leaf_is_no_authority()
    {
        using var notAnAuthority = Issue(new());
        using var leaf = Issue(new() { Issuer = notAnAuthority });
        Assert.NotNull(CertificateVerification.VerifyChain(Der(leaf, notAnAuthority), Host, Now, TrustRoot));
    }

    [Fact]
    public void A_certificate_with_a_wrong_signature_is_refused()
    {
        using var leaf = Issue(new());
        var der = leaf.RawData;
        der[^1] ^= 1;
        Assert.NotNull(CertificateVerification.VerifyChain([der], Host, Now, TrustRoot));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("[::1]", true)]
    [InlineData("127.0.0.2", false)]
    [InlineData("peregrine.test", false)]
    [InlineData("", false)]
    [InlineData("not a name", false)]
    public void Addresses_are_matched_with_addresses(string host, bool matches)
    {
        using var leaf = Issue(new() { DnsNames = [], Addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback] });
        Assert.Equal(matches ? null : TlsAlert.BadCertificate, CertificateVerification.VerifyChain(Der(leaf), host, Now, TrustRoot)?.Alert);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(8200)]
    public void RSA_keys_outside_2048_to_8192_bits_are_refused(int bits) // robustness T7
    {
        using var rsa = RSA.Create(2048);
        using var leaf = Issue(new(), rsa);
        var der = WithModulus(leaf.RawData, rsa, bits);
        Assert.Equal(TlsAlert.UnsupportedCertificate, CertificateVerification.VerifyChain([der], Host, Now, TrustRoot)!.Alert);
        Assert.Equal(TlsAlert.UnsupportedCertificate, CertificateVerification.VerifyHash([der], [SHA256.HashData(der)], Now)!.Alert);
    }

    [Fact]
    public void Long_and_unreadable_chains_are_refused() // robustness T7
    {
        using var leaf = Issue(new());
        Assert.NotNull(CertificateVerification.VerifyChain([.. Enumerable.Repeat(Der(leaf)[0], 17)], Host, Now, TrustRoot));
        Assert.NotNull(CertificateVerification.VerifyChain([leaf.RawData, new byte[65_536]], Host, Now, TrustRoot));
        Assert.Equal(TlsAlert.BadCertificate, CertificateVerification.VerifyChain([leaf.RawData, new byte[] { 0x30, 0 }], Host, Now, TrustRoot)!.Alert);
        Assert.Equal(TlsAlert.BadCertificate, CertificateVerification.VerifyChain([(byte[])[.. leaf.RawData, 0]], Host, Now, TrustRoot)!.Alert);
        Assert.NotNull(CertificateVerification.VerifyChain([], Host, Now, TrustRoot));
    }

    [Fact]
    public void Building_a_chain_never_fetches_anything() // robustness T7
    {
        using var leaf = Issue(new());
        using var received = ReceivedChain.Read(Der(leaf), out _)!;
        var theirs = new X509ChainPolicy { RevocationMode = X509RevocationMode.Offline, DisableCertificateDownloads = false };
        foreach (var trust in new[] { CertificateTrust.System, TrustRoot, new CertificateTrust { Policy = theirs } })
        {
            using var chain = trust.CreateChain(received, Now);
            Assert.True(chain.ChainPolicy.DisableCertificateDownloads);
            Assert.NotEqual(X509RevocationMode.Online, chain.ChainPolicy.RevocationMode);
            Assert.False(chain.ChainPolicy.VerificationTimeIgnored);
        }

        Assert.False(theirs.DisableCertificateDownloads); // a copy was changed
    }

    [Fact]
    [Trait("Review", "U18")]
    public void A_policy_s_own_time_counts()
    {
        using var leaf = Issue(new());
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            VerificationTime = Now.AddYears(5).UtcDateTime,
        };
        policy.CustomTrustStore.Add(Root);
        var trust = new CertificateTrust { Policy = policy };
        Assert.Equal(TlsAlert.CertificateExpired, CertificateVerification.VerifyChain(Der(leaf), Host, Now, trust)?.Alert);
    }

    public static TheoryData<string> HashRowNames() => [.. HashRows.Keys];

    private static readonly Dictionary<string, (Leaf Leaf, SignatureKeyKind Key, TlsAlert? Alert)> HashRows = new(StringComparer.Ordinal)
    {
        ["P-256, 14 days"] = (SelfSigned(TimeSpan.FromDays(14)), SignatureKeyKind.EcdsaP256, null),
        ["P-384, 13 days"] = (SelfSigned(TimeSpan.FromDays(13)), SignatureKeyKind.EcdsaP384, null),
        ["14 days and a second"] = (SelfSigned(TimeSpan.FromDays(14) + TimeSpan.FromSeconds(1)), SignatureKeyKind.EcdsaP256, null),
        ["14 days and two seconds"] = (SelfSigned(TimeSpan.FromDays(14) + TimeSpan.FromSeconds(2)), SignatureKeyKind.EcdsaP256, TlsAlert.CertificateUnknown),
        ["15 days"] = (SelfSigned(TimeSpan.FromDays(15)), SignatureKeyKind.EcdsaP256, TlsAlert.CertificateUnknown),
        ["expired"] = (SelfSigned(TimeSpan.FromDays(1)), SignatureKeyKind.EcdsaP256, TlsAlert.CertificateExpired),
        ["not valid yet"] = (SelfSigned(TimeSpan.FromDays(10)) with { NotBefore = Now.AddHours(1) }, SignatureKeyKind.EcdsaP256, TlsAlert.CertificateExpired),
        ["RSA"] = (SelfSigned(TimeSpan.FromDays(13)), SignatureKeyKind.RsaEncryption, TlsAlert.UnsupportedCertificate),
        ["P-521"] = (SelfSigned(TimeSpan.FromDays(13)), SignatureKeyKind.EcdsaP521, TlsAlert.UnsupportedCertificate),
        ["key usage without digitalSignature"] = // browsers refuse it as well
            (SelfSigned(TimeSpan.FromDays(13)) with { KeyUsage = X509KeyUsageFlags.NonRepudiation }, SignatureKeyKind.EcdsaP256, TlsAlert.UnsupportedCertificate),
        ["key usage digitalSignature"] =
            (SelfSigned(TimeSpan.FromDays(13)) with { KeyUsage = X509KeyUsageFlags.DigitalSignature }, SignatureKeyKind.EcdsaP256, null),
        ["name and purpose do not matter"] = (SelfSigned(TimeSpan.FromDays(13)) with { DnsNames = [], Purpose = "1.3.6.1.5.5.7.3.2" }, SignatureKeyKind.EcdsaP256, null),
    };

    [Theory]
    [Trait("Review", "U24")]
    [MemberData(nameof(HashRowNames))]
    public void A_hash_is_accepted_under_the_rules_of_W3C_WebTransport(string name)
    {
        var (leaf, key, alert) = HashRows[name];
        using var certificate = Issue(leaf, Key(key));
        ReadOnlyMemory<byte> hash = SHA256.HashData(certificate.RawData);

        Assert.Equal(alert, CertificateVerification.VerifyHash(Der(certificate), [hash], Now)?.Alert);
        Assert.Equal(alert, CertificateVerification.VerifyHash(Der(certificate), [new byte[32], hash], Now)?.Alert);

        // The hash comes first, whatever else is wrong.
        foreach (var wrong in new byte[][] { new byte[32], hash[..31].ToArray(), [.. hash.ToArray(), 0], [] })
        {
            Assert.Equal(TlsAlert.CertificateUnknown, CertificateVerification.VerifyHash(Der(certificate), [wrong], Now)!.Alert);
            Assert.Contains("SHA-256", CertificateVerification.VerifyHash(Der(certificate), [wrong], Now)!.Message, StringComparison.Ordinal);
        }

        Assert.NotNull(CertificateVerification.VerifyHash(Der(certificate), [], Now));
    }

    [Fact]
    public void Only_the_leaf_s_hash_counts()
    {
        using var leaf = Issue(SelfSigned(TimeSpan.FromDays(13)));
        using var other = Issue(SelfSigned(TimeSpan.FromDays(13)));
        Assert.NotNull(CertificateVerification.VerifyHash(Der(leaf, other), [SHA256.HashData(other.RawData)], Now));
    }

    [Fact]
    public void A_callback_is_told_everything_and_decides()
    {
        using var good = Issue(new());
        using var selfSigned = Issue(new() { SelfSigned = true });
        using var elsewhere = Issue(new() { DnsNames = ["other.test"], SelfSigned = true });

        Assert.Equal((SslPolicyErrors.None, true), Ask(good, true));
        Assert.Equal((SslPolicyErrors.None, false), Ask(good, false));
        Assert.Equal((SslPolicyErrors.RemoteCertificateChainErrors, true), Ask(selfSigned, true));
        Assert.Equal((SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch, false), Ask(elsewhere, false));

        static (SslPolicyErrors Told, bool Accepted) Ask(X509Certificate2 leaf, bool answer)
        {
            SslPolicyErrors? told = null;
            var sender = new object();
            var failure = CertificateVerification.VerifyByCallback(Der(leaf), Host, Now, TrustRoot, Callback, sender);
            return (told!.Value, failure is null);

            bool Callback(object from, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
            {
                Assert.Same(sender, from);
                Assert.Equal(leaf.RawData, certificate!.GetRawCertData());
                Assert.NotNull(chain);
                told = errors;
                return answer;
            }
        }
    }

    [Fact]
    public void The_simulator_s_certificate_stands_the_same_check()
    {
        var der = HandshakePair.Ed25519Credential.Chain[0];
        using var root = X509CertificateLoader.LoadCertificate(der);
        var trust = new CertificateTrust { Roots = [root] };
        Assert.Null(CertificateVerification.VerifyChain([der], Host, Now, trust));
        Assert.NotNull(CertificateVerification.VerifyChain([der], "other.test", Now, trust));
        Assert.Equal(der, Ed25519Certificate.SelfSigned(new Ed25519Signer(new byte[32]), Host, HandshakePair.Start, HandshakePair.Start.AddDays(13)));
    }

    private static Leaf SelfSigned(TimeSpan validity) =>
        new() { SelfSigned = true, NotAfter = HandshakePair.Start + validity };

    // Puts a modulus of another size into a certificate, whose signature is then wrong; sizes are looked at first.
    private static byte[] WithModulus(byte[] certificate, RSA rsa, int bits)
    {
        var publicKey = rsa.ExportSubjectPublicKeyInfo();
        var at = certificate.AsSpan().IndexOf(publicKey);
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned([.. Enumerable.Repeat((byte)0x81, bits / 8)]);
            writer.WriteInteger(65537);
        }

        var info = new PublicKey(new Oid("1.2.840.113549.1.1.1"), new AsnEncodedData([5, 0]), new AsnEncodedData(writer.Encode())).ExportSubjectPublicKeyInfo();
        return Reframe([.. certificate[..at], .. info, .. certificate[(at + publicKey.Length)..]], info.Length - publicKey.Length);
    }

    // Both outer sequences have two-byte lengths.
    private static byte[] Reframe(byte[] certificate, int change)
    {
        foreach (var at in new[] { 2, 6 })
        {
            var length = (certificate[at] << 8 | certificate[at + 1]) + change;
            certificate[at] = (byte)(length >> 8);
            certificate[at + 1] = (byte)(length & 0xff);
        }

        return certificate;
    }
}
