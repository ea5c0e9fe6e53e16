namespace Peregrine.Tls;

/// <summary>
/// The server's flight is sent; <c>transcriptHash</c> covers it and is what the client's Finished must prove. It owns the handshake
/// secrets.
/// </summary>
internal sealed class ExpectClientFinished(
    TlsServer server, HandshakeSecrets secrets, ApplicationSecrets application, byte[] transcriptHash)
    : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Handshake;

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.Finished)
            return server.Fail(Unexpected(message));
        if (Finished.Check(message.Body, secrets.Suite, secrets.Client, transcriptHash) is { } fault)
            return server.Fail(fault);

        server.InstallReadSecret(EncryptionLevel.Application, secrets.Suite, application.Client);
        server.ReportComplete();
        server.ForgetClientHello();
        secrets.Dispose();
        return new ServerEstablished(server);
    }

    protected override void Release() => secrets.Dispose();
}
