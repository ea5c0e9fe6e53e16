using System.Diagnostics;

namespace Peregrine.Tls;

/// <summary>
/// The server holds the key of the certificate it showed; whether that certificate is to be trusted is being decided outside.
/// </summary>
internal sealed class AwaitCertificateVerdict(TlsClient client, Transcript transcript, HandshakeSecrets secrets, bool certificateRequested)
    : ServerFlightState(client, transcript, secrets)
{
    public override TlsState Visible => TlsState.NeedsCertificateVerdict;

    public HandshakeState Accept() => new ExpectServerFinished(Client, Transcript, Secrets, certificateRequested);

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        Debug.Fail("A paused handshake takes no messages.");
        return this;
    }
}
