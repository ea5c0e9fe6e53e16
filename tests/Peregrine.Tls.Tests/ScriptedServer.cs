using System.Security.Cryptography;

namespace Peregrine.Tls.Tests;

/// <summary>
/// A server whose every message can be replaced, and which then goes on as if that were right: it hashes what it really sent. It uses the
/// key
/// schedule and the writers of the product, which the trace of RFC 8448 proves, but none of its states.
/// </summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly List<byte> _transcript = [];
    private HandshakeSecrets? _secrets;

    public TlsClient Client { get; private set; } = null!;

    public ServerCredential Credential { get; init; } = HandshakePair.Ed25519Credential;

    /// <summary>Sent in place of the ServerHello's share.</summary>
    public byte[]? Share { get; init; }

    public byte[] CertificateRequest { get; init; } = [];

    public Func<byte[], byte[]> ServerHello { get; init; } = message => message;

    public Func<byte[], byte[]> EncryptedExtensions { get; init; } = message => message;

    public Func<byte[], byte[]> Certificate { get; init; } = message => message;

    public Func<byte[], byte[]> SignedContent { get; init; } = content => content;

    public Func<byte[], byte[]> CertificateVerify { get; init; } = message => message;

    public Func<byte[], byte[]> Finished { get; init; } = message => message;

    /// <summary>Which scheme the CertificateVerify says.</summary>
    public SignatureScheme Scheme { get; init; } = SignatureScheme.Ed25519;

    public Func<TlsClient, TlsFailure?> Verdict { get; init; } = _ => null;

    /// <summary>Runs one handshake without retry and gives the client's last flight, empty when it failed before.</summary>
    public byte[] Run(TlsClientSettings settings)
    {
        Client = new TlsClient(settings, HandshakePair.ClientParameters, new TlsCryptography(new SeededRandom(1)));
        Client.Start();
        Assert.True(Client.TryTakeEvent(out var sent));
        _transcript.AddRange(sent.Data.ToArray());
        Assert.Null(Tls.ClientHello.Read(sent.Data.Span[4..], out var hello));

        var clientShare = hello.KeyShares.Single(share => share.Group == NamedGroup.X25519);
        Assert.True(X25519KeyExchange.TryAnswer(clientShare.KeyExchange.Span, new SeededRandom(3), out var answer));
        Send(EncryptionLevel.Initial, ServerHello(Tls.ServerHello.Write(new byte[32], Suite, NamedGroup.X25519, Share ?? answer.Share)));
        _secrets = new HandshakeSecrets(Suite, answer.SharedSecret, Hash());
        Send(EncryptionLevel.Handshake, EncryptedExtensions(Tls.EncryptedExtensions.Write(HandshakePair.H3, HandshakePair.ServerParameters, false)));
        Send(EncryptionLevel.Handshake, CertificateRequest);
        Send(EncryptionLevel.Handshake, Certificate(CertificateMessage.Write(Credential.Chain)));
        var signature = Credential.Signer.Sign(Scheme, SignedContent(Tls.CertificateVerify.ServerContent(Hash())));
        Send(EncryptionLevel.Handshake, CertificateVerify(Tls.CertificateVerify.Write(Scheme, signature)));
        if (Client.State == TlsState.NeedsCertificateVerdict)
            Client.ProvideCertificateVerdict(Verdict(Client));
        Send(EncryptionLevel.Handshake, Finished(Tls.Finished.Write(Suite, _secrets.Server, Hash())));

        byte[] last = [];
        while (Client.TryTakeEvent(out var e))
        {
            if (e is { Kind: TlsEventKind.WriteBytes, Level: EncryptionLevel.Handshake })
                last = e.Data.ToArray();
        }

        return last;
    }

    public PeerMisbehavior? CheckClientFinished(byte[] certificate, byte[] finished)
    {
        _transcript.AddRange(certificate);
        return Tls.Finished.Check(finished.AsSpan(4), Suite, _secrets!.Client, Hash());
    }

    public void Dispose()
    {
        Client.Dispose();
        _secrets?.Dispose();
    }

    private static CipherSuite Suite => CipherSuite.Aes128GcmSha256;

    private void Send(EncryptionLevel level, byte[] message)
    {
        _transcript.AddRange(message);
        Client.Receive(level, message);
    }

    private byte[] Hash() => SHA256.HashData(_transcript.ToArray());
}
