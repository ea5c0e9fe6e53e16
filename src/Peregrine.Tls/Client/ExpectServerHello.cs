using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>
/// Only a ServerHello will do. <c>retriedSuite</c> is the suite of the HelloRetryRequest that came before, after which the transcript
/// already has
/// its hash. It owns the transcript and the key pairs of the shares.
/// </summary>
internal sealed class ExpectServerHello(TlsClient client, Transcript transcript, ClientKeyShares shares, CipherSuite? retriedSuite = null)
    : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Initial;

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.ServerHello)
            return client.Fail(Unexpected(message));
        if (ServerHello.Read(message.Body, out var hello) is { } fault)
            return client.Fail(fault);
        return hello.IsRetryRequest ? client.Fail(PeerMisbehavior.SecondRetryRequest) : Accept(message, hello);
    }

    /// <summary>Handles a ServerHello that has been read already.</summary>
    public HandshakeState Accept(in HandshakeMessage message, ServerHello hello)
    {
        var suite = hello.CipherSuite;
        if (!client.Settings.CipherSuites.Contains(suite))
            return client.Fail(PeerMisbehavior.CipherSuiteNotOffered);
        if (retriedSuite is not null && retriedSuite != suite)
            return client.Fail(PeerMisbehavior.CipherSuiteChangedAfterRetry);
        if (hello.KeyShare is not { } serverShare)
            return client.Fail(PeerMisbehavior.MissingKeyShare);
        if (shares.Find(serverShare.Group) is not { } ours)
            return client.Fail(PeerMisbehavior.KeyShareNotAsked);
        if (!ours.TryComplete(serverShare.KeyExchange.Span, out var sharedSecret))
            return client.Fail(PeerMisbehavior.InvalidKeyShare);

        if (retriedSuite is null)
            transcript.ChooseHash(suite);
        transcript.Append(message.Encoded);
        var secrets = new HandshakeSecrets(suite, sharedSecret, transcript.CurrentHash(stackalloc byte[CipherSuites.MaxHashLength]));
        CryptographicOperations.ZeroMemory(sharedSecret);
        shares.Dispose();

        client.Suite = suite;
        client.Group = serverShare.Group;
        if (client.Settings.KeyLog)
            client.Log(secrets, client.Random);
        client.InstallReadSecret(EncryptionLevel.Handshake, suite, secrets.Server);
        client.InstallWriteSecret(EncryptionLevel.Handshake, suite, secrets.Client);
        return new ExpectEncryptedExtensions(client, transcript, secrets);
    }

    protected override void Release()
    {
        transcript.Dispose();
        shares.Dispose();
    }
}
