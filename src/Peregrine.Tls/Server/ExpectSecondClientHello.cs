namespace Peregrine.Tls;

/// <summary>A share of <c>group</c> was asked for. It owns the transcript.</summary>
internal sealed class ExpectSecondClientHello(
    TlsServer server, ClientHello first, NamedGroup group, ServerFlight flight, Transcript transcript)
    : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Initial;

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.ClientHello)
            return server.Fail(Unexpected(message));
        if (ClientHello.Read(message.Body, out var second) is { } fault)
            return server.Fail(fault);
        // RFC 8446 §4.1.2 and §4.2.8: the client changes its shares to the one that was asked for, and nothing we go by.
        if (second.KeyShareCount != 1 || second.KeyShares is not [var share] || share.Group != group)
            return server.Fail(PeerMisbehavior.WrongKeyShareAfterRetry);
        if (second.HasEarlyData)
            return server.Fail(PeerMisbehavior.EarlyDataAfterRetry);
        if (!IsUnchanged(second))
            return server.Fail(PeerMisbehavior.ClientHelloChangedAfterRetry);

        transcript.Append(message.Encoded);
        return flight.Send(second, share, transcript);
    }

    protected override void Release() => transcript.Dispose();

    private bool IsUnchanged(ClientHello second)
    {
        if (!second.Random.AsSpan().SequenceEqual(first.Random)
            || !second.CipherSuites.AsSpan().SequenceEqual(first.CipherSuites)
            || !second.Groups.AsSpan().SequenceEqual(first.Groups)
            || !second.SignatureSchemes.AsSpan().SequenceEqual(first.SignatureSchemes)
            || !second.TransportParameters.AsSpan().SequenceEqual(first.TransportParameters)
            || !string.Equals(second.ServerName, first.ServerName, StringComparison.Ordinal)
            || second.ApplicationProtocols.Count != first.ApplicationProtocols.Count)
        {
            return false;
        }

        for (var i = 0; i < first.ApplicationProtocols.Count; i++)
        {
            if (!second.ApplicationProtocols[i].Span.SequenceEqual(first.ApplicationProtocols[i].Span))
                return false;
        }

        return true;
    }
}
