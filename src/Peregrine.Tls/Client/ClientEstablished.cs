namespace Peregrine.Tls;

/// <summary>
/// The handshake is complete. The server may still send tickets, which are counted so that they have an end (robustness T4).
/// </summary>
internal sealed class ClientEstablished(TlsClient client) : HandshakeState
{
    /// <summary>How many messages we take after the handshake; servers send one or two, at most a handful.</summary>
    public const int MaxPostHandshakeMessages = 32;

    private int _messages;

    public override EncryptionLevel Level => EncryptionLevel.Application;

    public override TlsState Visible => TlsState.Complete;

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type == HandshakeType.CertificateRequest) // RFC 9001 §4.4
            return client.Fail(PeerMisbehavior.PostHandshakeCertificateRequest);
        if (message.Type != HandshakeType.NewSessionTicket)
            return client.Fail(Unexpected(message));
        if (++_messages > MaxPostHandshakeMessages)
            return client.Fail(PeerMisbehavior.TooManyPostHandshakeMessages);
        return NewSessionTicket.Check(message.Body) is { } fault ? client.Fail(fault) : this;
    }
}
