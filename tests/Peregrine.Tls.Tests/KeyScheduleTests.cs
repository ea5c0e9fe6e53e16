using System.Security.Cryptography;
using Peregrine.Wire;

namespace Peregrine.Tls.Tests;

/// <summary>The trace of RFC 8448 §3, message by message.</summary>
public sealed class KeyScheduleTests
{
    private const CipherSuite Suite = CipherSuite.Aes128GcmSha256;

    [Fact]
    public void X25519_gives_the_trace_s_shares_and_secret()
    {
        using var client = new X25519KeyExchange(new FixedBytes(Rfc8448.ClientPrivateKey));
        Assert.Equal(Rfc8448.ClientPublicKey, client.Share.ToArray());

        Assert.True(X25519KeyExchange.TryAnswer(client.Share, new FixedBytes(Rfc8448.ServerPrivateKey), out var answer));
        Assert.Equal(Rfc8448.ServerPublicKey, answer.Share);
        Assert.Equal(Rfc8448.SharedSecret, answer.SharedSecret);

        Assert.True(client.TryComplete(answer.Share, out var secret));
        Assert.Equal(Rfc8448.SharedSecret, secret);
    }

    [Fact]
    public void Our_ServerHello_is_the_trace_s_byte_for_byte() =>
        Assert.Equal(Rfc8448.ServerHello, ServerHello.Write(Rfc8448.ServerRandom, Suite, NamedGroup.X25519, Rfc8448.ServerPublicKey));

    [Fact]
    public void The_secrets_are_the_trace_s() // RFC 8446 §7.1
    {
        var handshakeSecret = new byte[32];
        KeySchedule.HandshakeSecret(Suite, Rfc8448.SharedSecret, handshakeSecret);
        Assert.Equal(Rfc8448.HandshakeSecret, handshakeSecret);
        var master = new byte[32];
        KeySchedule.MasterSecret(Suite, handshakeSecret, master);
        Assert.Equal(Rfc8448.MasterSecret, master);

        using var secrets = new HandshakeSecrets(Suite, Rfc8448.SharedSecret, Hash(Rfc8448.ClientHello, Rfc8448.ServerHello));
        Assert.Equal(Rfc8448.ClientHandshakeTrafficSecret, secrets.Client);
        Assert.Equal(Rfc8448.ServerHandshakeTrafficSecret, secrets.Server);

        using var application = secrets.DeriveApplicationSecrets(HashToServerFinished());
        Assert.Equal(Rfc8448.ClientTrafficSecret, application.Client);
        Assert.Equal(Rfc8448.ServerTrafficSecret, application.Server);
        Assert.Equal(Rfc8448.ExporterSecret, application.Exporter);
    }

    [Fact]
    public void The_Finished_messages_are_the_trace_s() // RFC 8446 §4.4.4
    {
        var beforeServerFinished = Hash(
            Rfc8448.ClientHello, Rfc8448.ServerHello, Rfc8448.EncryptedExtensions, Rfc8448.Certificate, Rfc8448.CertificateVerify);
        Assert.Equal(Rfc8448.ServerFinished, Finished.Write(Suite, Rfc8448.ServerHandshakeTrafficSecret, beforeServerFinished));
        Assert.Null(Finished.Check(Rfc8448.ServerFinished.AsSpan(4), Suite, Rfc8448.ServerHandshakeTrafficSecret, beforeServerFinished));

        Assert.Equal(Rfc8448.ClientFinished, Finished.Write(Suite, Rfc8448.ClientHandshakeTrafficSecret, HashToServerFinished()));
    }

    [Fact]
    public void The_CertificateVerify_covers_what_the_trace_signed() // RFC 8446 §4.4.3
    {
        Assert.True(CertificateVerify.TryRead(Rfc8448.CertificateVerify.AsSpan(4), out var scheme, out var signature));
        Assert.Equal(SignatureScheme.RsaPssRsaeSha256, scheme);
        Assert.Null(CertificateMessage.Read(Rfc8448.Certificate.AsSpan(4), out var certificates));

        // The trace's key has 1,024 bits, which our own check refuses: so the platform checks here.
        using var certificate = PeerCertificate.Load(Assert.Single(certificates).Span);
        using var rsa = System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPublicKey(certificate)!;
        var content = CertificateVerify.ServerContent(
            Hash(Rfc8448.ClientHello, Rfc8448.ServerHello, Rfc8448.EncryptedExtensions, Rfc8448.Certificate));
        Assert.True(rsa.VerifyData(content, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    [Fact]
    public void The_transcript_gives_the_same_hash_whenever_the_suite_becomes_known()
    {
        using var early = new Transcript();
        early.Append(Rfc8448.ClientHello);
        early.ChooseHash(Suite);
        early.Append(Rfc8448.ServerHello);
        Assert.Equal(Hash(Rfc8448.ClientHello, Rfc8448.ServerHello), early.CurrentHash(new byte[48]).ToArray());
    }

    [Fact]
    public void After_a_retry_the_first_hello_stands_in_the_transcript_as_its_hash() // RFC 8446 §4.4.1
    {
        using var transcript = new Transcript();
        transcript.Append(Rfc8448.ClientHello);
        transcript.ChooseHash(Suite);
        transcript.ReplaceWithMessageHash();
        transcript.Append(Rfc8448.ServerHello);
        byte[] synthetic = [254, 0, 0, 32, .. SHA256.HashData(Rfc8448.ClientHello)];
        Assert.Equal(Hash(synthetic, Rfc8448.ServerHello), transcript.CurrentHash(new byte[48]).ToArray());
    }

    private static byte[] HashToServerFinished() => Hash(
        Rfc8448.ClientHello, Rfc8448.ServerHello, Rfc8448.EncryptedExtensions, Rfc8448.Certificate, Rfc8448.CertificateVerify, Rfc8448.ServerFinished);

    private static byte[] Hash(params byte[][] messages) => SHA256.HashData(messages.SelectMany(message => message).ToArray());

    private sealed class FixedBytes(byte[] bytes) : IRandomSource
    {
        public void Fill(Span<byte> destination) => bytes.CopyTo(destination);
    }
}
