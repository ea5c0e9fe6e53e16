namespace Peregrine.Tls;

/// <summary>A client that has not sent its ClientHello: there is nothing a server could rightly say.</summary>
internal sealed class NotStarted(TlsClient client) : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Initial;

    public override HandshakeState Handle(in HandshakeMessage message) => client.Fail(PeerMisbehavior.UnexpectedMessage);
}
