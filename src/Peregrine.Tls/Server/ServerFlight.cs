using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>Writes everything a server says, from ServerHello to Finished, in one go (RFC 8446 §2).</summary>
internal sealed class ServerFlight(TlsServer server, TlsServerSettings settings, ServerChoices choices, byte[] transportParameters)
{
    /// <summary>Answers the ClientHello, which the transcript already holds. The transcript is used up.</summary>
    public HandshakeState Send(ClientHello hello, KeyShareEntry clientShare, Transcript transcript)
    {
        Span<byte> hash = stackalloc byte[CipherSuites.MaxHashLength];
        if (!server.Cryptography.TryAnswerKeyExchange(clientShare.Group, clientShare.KeyExchange.Span, out var answer))
            return server.Fail(PeerMisbehavior.InvalidKeyShare);

        var serverHello = WriteServerHello(clientShare.Group, answer);
        transcript.Append(serverHello);
        var secrets = new HandshakeSecrets(choices.Suite, answer.SharedSecret, transcript.CurrentHash(hash));
        CryptographicOperations.ZeroMemory(answer.SharedSecret);
        if (!TryWriteProtected(hello, secrets, transcript, out var rest))
        {
            secrets.Dispose();
            return server.Fail(new TlsFailure(TlsAlert.InternalError, "The server's private key could not sign."));
        }

        var finishedHash = transcript.CurrentHash(hash).ToArray();
        var application = secrets.DeriveApplicationSecrets(finishedHash);
        if (settings.KeyLog)
        {
            server.Log(secrets, hello.Random);
            server.Log(application, hello.Random);
        }

        server.Group = clientShare.Group;
        server.Keep(application);
        server.Write(EncryptionLevel.Initial, serverHello);
        server.InstallWriteSecret(EncryptionLevel.Handshake, choices.Suite, secrets.Server);
        server.InstallReadSecret(EncryptionLevel.Handshake, choices.Suite, secrets.Client);
        server.Write(EncryptionLevel.Handshake, rest);
        // 0.5-RTT: the server may speak now, and listens once the client's Finished is checked (RFC 9001 §5.7).
        server.InstallWriteSecret(EncryptionLevel.Application, choices.Suite, application.Server);
        transcript.Dispose();
        return new ExpectClientFinished(server, secrets, application, finishedHash);
    }

    private byte[] WriteServerHello(NamedGroup group, KeyExchangeAnswer answer)
    {
        Span<byte> random = stackalloc byte[ClientHello.RandomLength];
        server.Cryptography.Random.Fill(random);
        return ServerHello.Write(random, choices.Suite, group, answer.Share);
    }

    private bool TryWriteProtected(ClientHello hello, HandshakeSecrets secrets, Transcript transcript, out byte[] messages)
    {
        Span<byte> hash = stackalloc byte[CipherSuites.MaxHashLength];
        var flight = new MessageWriter();
        Add(EncryptedExtensions.Write(choices.ApplicationProtocol, transportParameters, hello.ServerName is not null));
        Add(settings.Credential.CertificateMessage);
        messages = [];
        try
        {
            var signature = settings.Credential.Signer.Sign(choices.Scheme, CertificateVerify.ServerContent(transcript.CurrentHash(hash)));
            Add(CertificateVerify.Write(choices.Scheme, signature));
        }
        catch (CryptographicException)
        {
            return false;
        }

        Add(Finished.Write(choices.Suite, secrets.Server, transcript.CurrentHash(hash)));
        messages = flight.ToArray();
        return true;

        void Add(byte[] message)
        {
            transcript.Append(message);
            flight.Bytes(message);
        }
    }
}
