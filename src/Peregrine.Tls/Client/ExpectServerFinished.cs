namespace Peregrine.Tls;

/// <summary>
/// The server's certificate is trusted and its key proved. What is left is that nobody changed the messages on their way.
/// </summary>
internal sealed class ExpectServerFinished(TlsClient client, Transcript transcript, HandshakeSecrets secrets, bool certificateRequested)
    : ServerFlightState(client, transcript, secrets)
{
    public override HandshakeState Handle(in HandshakeMessage message)
    {
        Span<byte> buffer = stackalloc byte[CipherSuites.MaxHashLength];
        if (message.Type != HandshakeType.Finished)
            return Client.Fail(Unexpected(message));
        if (Finished.Check(message.Body, Secrets.Suite, Secrets.Server, Transcript.CurrentHash(buffer)) is { } fault)
            return Client.Fail(fault);

        Transcript.Append(message.Encoded);
        var application = Secrets.DeriveApplicationSecrets(Transcript.CurrentHash(buffer));
        Client.Write(EncryptionLevel.Handshake, WriteFlight(buffer));
        if (Client.Settings.KeyLog)
            Client.Log(application, Client.Random);
        Client.InstallWriteSecret(EncryptionLevel.Application, Secrets.Suite, application.Client);
        Client.InstallReadSecret(EncryptionLevel.Application, Secrets.Suite, application.Server);
        Client.Keep(application);
        Client.ReportComplete();
        Dispose();
        return new ClientEstablished(Client);
    }

    private byte[] WriteFlight(Span<byte> buffer)
    {
        byte[] certificate = certificateRequested ? CertificateMessage.Write([]) : []; // RFC 8446 §4.4.2: empty when there is none to show
        Transcript.Append(certificate);
        return [.. certificate, .. Finished.Write(Secrets.Suite, Secrets.Client, Transcript.CurrentHash(buffer))];
    }
}
