namespace Peregrine.Tls;

/// <summary>The server may still ask for a certificate of ours before it shows its own.</summary>
internal sealed class ExpectCertificateOrRequest(TlsClient client, Transcript transcript, HandshakeSecrets secrets)
    : ServerFlightState(client, transcript, secrets)
{
    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.CertificateRequest)
            return new ExpectCertificate(Client, Transcript, Secrets, certificateRequested: false).Handle(message);
        if (CertificateRequest.Check(message.Body) is { } fault)
            return Client.Fail(fault);
        Transcript.Append(message.Encoded);
        return new ExpectCertificate(Client, Transcript, Secrets, certificateRequested: true);
    }
}
