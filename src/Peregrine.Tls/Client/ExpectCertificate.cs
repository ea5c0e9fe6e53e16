namespace Peregrine.Tls;

/// <summary>It is settled whether the server asked for a certificate of ours.</summary>
internal sealed class ExpectCertificate(TlsClient client, Transcript transcript, HandshakeSecrets secrets, bool certificateRequested)
    : ServerFlightState(client, transcript, secrets)
{
    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.Certificate)
            return Client.Fail(Unexpected(message));
        if (CertificateMessage.Read(message.Body, out var certificates) is { } fault)
            return Client.Fail(fault);
        if (!CertificateKey.TryRead(certificates[0].Span, out var key))
            return Client.Fail(PeerMisbehavior.UnreadableCertificate);

        Transcript.Append(message.Encoded);
        Client.PeerCertificates = certificates;
        return new ExpectCertificateVerify(Client, Transcript, Secrets, key, certificateRequested);
    }
}
