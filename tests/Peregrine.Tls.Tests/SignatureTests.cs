using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls.Tests;

/// <summary>Every signature scheme made and checked, and the ways in which a proof of a key can be wrong (robustness T1).</summary>
public sealed class SignatureTests
{
    public static TheoryData<SchemeRow> Handshakes() =>
    [
        new SchemeRow("ecdsa_secp256r1_sha256"), new SchemeRow("ecdsa_secp384r1_sha384"), new SchemeRow("ecdsa_secp521r1_sha512"),
        new SchemeRow("rsa_pss_rsae_sha256"), new SchemeRow("rsa_pss_rsae_sha384"), new SchemeRow("rsa_pss_rsae_sha512"), new SchemeRow("ed25519"),
    ];

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void Every_scheme_signs_a_handshake_and_is_checked(SchemeRow row)
    {
        var credential = TestCertificates.Credential(row.Kind);
        byte[]? signed = null;
        using var pair = new HandshakePair(
            new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], SignatureSchemes = [row.Scheme] },
            HandshakePair.DefaultServer(credential))
        {
            OnTheWay = (_, _, message) =>
            {
                if (message[0] == (byte)HandshakeType.CertificateVerify)
                    signed = message;
                return message;
            },
        }.Run();

        pair.AssertComplete();
        Assert.Equal((ushort)row.Scheme, signed![4] << 8 | signed[5]);
    }

    [Theory]
    [InlineData(0x0809)]
    [InlineData(0x080a)]
    [InlineData(0x080b)]
    public void Keys_under_the_RSASSA_PSS_OID_are_checked_with_their_own_schemes(int scheme) // RFC 8446 §4.2.3
    {
        using var rsa = RSA.Create(2048);
        using var server = new ScriptedServer
        {
            Credential = new ServerCredential([PssCertificate(rsa)], new PssSigner(rsa)),
            Scheme = (SignatureScheme)scheme,
        };
        server.Run(HandshakePair.DefaultClient());
        Assert.Null(server.Client.Failure);
        Assert.Equal(TlsState.Complete, server.Client.State);

        // The rsae scheme of the same hash does not fit this key.
        using var other = new ScriptedServer
        {
            Credential = new ServerCredential([PssCertificate(rsa)], new PssSigner(rsa)),
            Scheme = (SignatureScheme)(scheme - 5),
        };
        other.Run(HandshakePair.DefaultClient());
        Assert.Equal(TlsAlert.IllegalParameter, other.Client.Failure!.Alert);
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void A_tampered_CertificateVerify_is_refused(SchemeRow row)
    {
        AssertRefused(row, TlsAlert.DecryptError, new() { CertificateVerify = Change(message => message[^1] ^= 1) });
        AssertRefused(row, TlsAlert.DecryptError, new() { CertificateVerify = Change(message => message[20] ^= 0x80) });
        AssertRefused(row, TlsAlert.DecryptError, new() { CertificateVerify = message => HelloBuilder.Message(15, [message[4], message[5], 0, 0]) });
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void A_signature_over_another_context_or_transcript_is_refused(SchemeRow row) // RFC 8446 §4.4.3
    {
        AssertRefused(row, TlsAlert.DecryptError, new() { SignedContent = Change(content => "client"u8.CopyTo(content.AsSpan(64 + 9))) });
        AssertRefused(row, TlsAlert.DecryptError, new() { SignedContent = Change(content => content[0] = 0) });
        AssertRefused(row, TlsAlert.DecryptError, new() { SignedContent = Change(content => content[64 + 33] = 1) });
        AssertRefused(row, TlsAlert.DecryptError, new() { SignedContent = Change(content => content[^1] ^= 1) });
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void A_scheme_that_does_not_fit_the_key_is_refused(SchemeRow row)
    {
        foreach (var scheme in SignatureSchemes.ForHandshakes)
        {
            if (SignatureSchemes.KeyKind(scheme) != row.Kind)
                AssertRefused(row, TlsAlert.IllegalParameter, new() { CertificateVerify = SayScheme((ushort)scheme) });
        }
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void Schemes_that_no_handshake_may_use_are_refused(SchemeRow row) // RFC 8446 §4.2.3: PKCS #1 and SHA-1 are for certificates only
    {
        foreach (var scheme in new ushort[] { 0x0401, 0x0501, 0x0601, 0x0201, 0x0203, 0x0000, 0x0808, 0xfefe })
            AssertRefused(row, TlsAlert.IllegalParameter, new() { CertificateVerify = SayScheme(scheme) });
    }

    [Fact]
    public void A_scheme_that_was_not_offered_is_refused()
    {
        using var server = new ScriptedServer();
        server.Run(new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], SignatureSchemes = [SignatureScheme.EcdsaSecp256r1Sha256] });
        Assert.Equal(TlsAlert.IllegalParameter, server.Client.Failure!.Alert);
    }

    [Fact]
    public void The_wrong_hash_for_the_right_key_is_refused()
    {
        var row = new SchemeRow("rsa_pss_rsae_sha256");
        AssertRefused(row, TlsAlert.DecryptError, new() { CertificateVerify = SayScheme(0x0805) });
    }

    [Fact]
    public void Somebody_else_s_certificate_is_refused()
    {
        var signer = new Ed25519Signer([1, .. new byte[31]]);
        using var server = new ScriptedServer { Credential = new ServerCredential(HandshakePair.Ed25519Credential.Chain, signer) };
        server.Run(HandshakePair.DefaultClient());
        Assert.Equal(TlsAlert.DecryptError, server.Client.Failure!.Alert);
    }

    [Fact]
    public void A_small_RSA_key_is_refused_before_its_signature_is_checked() // robustness T7
    {
        using var rsa = RSA.Create(1024);
        var certificate = TestCertificates.Issue(new(), rsa);
        using var server = new ScriptedServer
        {
            Credential = new ServerCredential([certificate.RawData], new X509Signer(certificate)),
            Scheme = SignatureScheme.RsaPssRsaeSha256,
        };
        server.Run(HandshakePair.DefaultClient());
        Assert.Equal(TlsAlert.UnsupportedCertificate, server.Client.Failure!.Alert);
    }

    [Fact]
    [Trait("Review", "U25")]
    public void An_RSA_key_too_small_for_every_scheme_has_none_in_common_with_the_client()
    {
        using var rsa = RSA.Create(512);
        var certificate = TestCertificates.Issue(new(), rsa);
        var credential = new ServerCredential([certificate.RawData], new X509Signer(certificate));
        using var pair = new HandshakePair(server: HandshakePair.DefaultServer(credential)).Run();
        Assert.Equal(TlsAlert.HandshakeFailure, pair.Server.Failure!.Alert);
    }

    [Fact]
    public void A_key_that_cannot_sign_fails_the_handshake_and_nothing_else()
    {
        var withoutKey = X509CertificateLoader.LoadCertificate(TestCertificates.Issue(new()).RawData);
        var credential = new ServerCredential([withoutKey.RawData], new X509Signer(withoutKey));
        using var pair = new HandshakePair(server: HandshakePair.DefaultServer(credential)).Run();
        Assert.Equal(TlsAlert.InternalError, pair.Server.Failure!.Alert);
    }

    [Fact]
    public void A_credential_is_made_from_an_SslStreamCertificateContext_with_its_chain()
    {
        var intermediate = TestCertificates.Intermediate("CN=between", TestCertificates.Root);
        var leaf = TestCertificates.Issue(new() { Issuer = intermediate });
        var context = System.Net.Security.SslStreamCertificateContext.Create(leaf, [intermediate], offline: true);

        using var pair = new HandshakePair(server: HandshakePair.DefaultServer(ServerCredential.From(context)))
        {
            Verdict = client => CertificateVerification.VerifyChain(
                client.PeerCertificates, TestCertificates.Host, TestCertificates.Now, TestCertificates.TrustRoot),
        }.Run();

        pair.AssertComplete();
        Assert.Equal([leaf.RawData, intermediate.RawData], pair.Client.PeerCertificates.Select(c => c.ToArray()));
    }

    [Fact]
    public void Finished_is_compared_in_constant_time() // robustness T12
    {
        Assert.Contains(Calls(typeof(Finished)), method => method is { Name: nameof(CryptographicOperations.FixedTimeEquals) });
        Assert.Contains(Calls(typeof(CertificateHashCheck)), method => method is { Name: nameof(CryptographicOperations.FixedTimeEquals) });
        foreach (var type in typeof(TlsHandshake).Assembly.GetTypes().Where(HandlesSecrets))
            Assert.DoesNotContain(Calls(type), method => method.Name is "SequenceEqual" or "SequenceCompareTo");
    }

    private static bool HandlesSecrets(Type type) =>
        type == typeof(Finished) || type == typeof(CertificateHashCheck) || typeof(KeyExchange).IsAssignableFrom(type)
        || type == typeof(KeySchedule) || type == typeof(HandshakeSecrets) || type == typeof(ApplicationSecrets)
        || type == typeof(ExpectClientFinished) || type == typeof(ExpectServerFinished);

    // Finds the call instructions (0x28, 0x6f) of a type's methods; a byte that only looks like one resolves to nothing.
    private static IEnumerable<MethodBase> Calls(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (var method in type.GetMethods(All))
        {
            var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
            for (var i = 0; i + 4 < code.Length; i++)
            {
                MethodBase? called = null;
                if (code[i] is 0x28 or 0x6f)
                {
                    try
                    {
                        called = type.Module.ResolveMethod(BitConverter.ToInt32(code, i + 1));
                    }
                    catch (ArgumentException)
                    {
                    }
                }

                if (called is not null)
                    yield return called;
            }
        }
    }

    private static void AssertRefused(SchemeRow row, TlsAlert alert, Tampering tampering)
    {
        using var server = new ScriptedServer
        {
            Credential = row.Credential,
            Scheme = row.Scheme,
            SignedContent = tampering.SignedContent,
            CertificateVerify = tampering.CertificateVerify,
            Verdict = _ => throw new InvalidOperationException("Nobody may be asked about a certificate whose key is not proved."),
        };
        server.Run(HandshakePair.DefaultClient());
        Assert.Equal(alert, server.Client.Failure!.Alert);
    }

    private static Func<byte[], byte[]> Change(Action<byte[]> change) => bytes =>
    {
        change(bytes);
        return bytes;
    };

    private static Func<byte[], byte[]> SayScheme(ushort scheme) => Change(message =>
    {
        message[4] = (byte)(scheme >> 8);
        message[5] = (byte)(scheme & 0xff);
    });

    // A certificate whose key stands under id-RSASSA-PSS: an ordinary one with the OID of its SubjectPublicKeyInfo changed, which nobody
    // verifies here.
    private static byte[] PssCertificate(RSA rsa)
    {
        var certificate = TestCertificates.Issue(new(), rsa).RawData;
        ReadOnlySpan<byte> rsaEncryption = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
        certificate[certificate.AsSpan().IndexOf(rsaEncryption) + 8] = 0x0a;
        return certificate;
    }

    private sealed class PssSigner(RSA rsa) : ITlsSigner
    {
        public bool CanSign(SignatureScheme scheme) => SignatureSchemes.KeyKind(scheme) == SignatureKeyKind.RsaPss;

        public byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> content) =>
            rsa.SignData(content, SignatureSchemes.Hash(scheme), RSASignaturePadding.Pss);
    }

    private sealed class Tampering
    {
        public Func<byte[], byte[]> SignedContent { get; init; } = content => content;

        public Func<byte[], byte[]> CertificateVerify { get; init; } = message => message;
    }

    public sealed record SchemeRow(string Name)
    {
        private static readonly Dictionary<SignatureKeyKind, ServerCredential> Credentials =
            Enum.GetValues<SignatureKeyKind>().Except([SignatureKeyKind.Other, SignatureKeyKind.RsaPss])
                .ToDictionary(kind => kind, kind => TestCertificates.Credential(kind));

        internal SignatureScheme Scheme => Name switch
        {
            "ecdsa_secp256r1_sha256" => (SignatureScheme)0x0403,
            "ecdsa_secp384r1_sha384" => (SignatureScheme)0x0503,
            "ecdsa_secp521r1_sha512" => (SignatureScheme)0x0603,
            "rsa_pss_rsae_sha256" => (SignatureScheme)0x0804,
            "rsa_pss_rsae_sha384" => (SignatureScheme)0x0805,
            "rsa_pss_rsae_sha512" => (SignatureScheme)0x0806,
            _ => (SignatureScheme)0x0807,
        };

        internal SignatureKeyKind Kind => Name switch
        {
            "ecdsa_secp256r1_sha256" => SignatureKeyKind.EcdsaP256,
            "ecdsa_secp384r1_sha384" => SignatureKeyKind.EcdsaP384,
            "ecdsa_secp521r1_sha512" => SignatureKeyKind.EcdsaP521,
            "ed25519" => SignatureKeyKind.Ed25519,
            _ => SignatureKeyKind.RsaEncryption,
        };

        internal ServerCredential Credential => Credentials[Kind];

        public override string ToString() => Name;
    }
}
