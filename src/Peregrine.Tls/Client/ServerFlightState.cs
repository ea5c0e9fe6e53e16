namespace Peregrine.Tls;

/// <summary>A client's state while the server's encrypted flight comes in. It owns the transcript and the handshake secrets.</summary>
internal abstract class ServerFlightState(TlsClient client, Transcript transcript, HandshakeSecrets secrets) : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Handshake;

    protected TlsClient Client => client;

    protected Transcript Transcript => transcript;

    protected HandshakeSecrets Secrets => secrets;

    protected override void Release()
    {
        transcript.Dispose();
        secrets.Dispose();
    }
}
