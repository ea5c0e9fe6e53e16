namespace Peregrine.Tls;

/// <summary>The handshake keys are there.</summary>
internal sealed class ExpectEncryptedExtensions(TlsClient client, Transcript transcript, HandshakeSecrets secrets)
    : ServerFlightState(client, transcript, secrets)
{
    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.EncryptedExtensions)
            return Client.Fail(Unexpected(message));
        if (EncryptedExtensions.Read(message.Body, Client.Settings.SendsServerName, out var extensions) is { } fault)
            return Client.Fail(fault);
        if (!WasOffered(extensions.ApplicationProtocol))
            return Client.Fail(PeerMisbehavior.ApplicationProtocolNotOffered);

        Transcript.Append(message.Encoded);
        Client.ApplicationProtocol = extensions.ApplicationProtocol;
        Client.ReportTransportParameters(EncryptionLevel.Handshake, extensions.TransportParameters);
        return new ExpectCertificateOrRequest(Client, Transcript, Secrets);
    }

    private bool WasOffered(byte[] protocol)
    {
        foreach (var offered in Client.Settings.ApplicationProtocols)
        {
            if (protocol.AsSpan().SequenceEqual(offered))
                return true;
        }

        return false;
    }
}
