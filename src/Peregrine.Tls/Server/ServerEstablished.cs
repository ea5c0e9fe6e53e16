namespace Peregrine.Tls;

/// <summary>The handshake is complete. A client has nothing more to say in TLS.</summary>
internal sealed class ServerEstablished(TlsServer server) : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Application;

    public override TlsState Visible => TlsState.Complete;

    public override HandshakeState Handle(in HandshakeMessage message) => server.Fail(Unexpected(message));
}
