namespace Peregrine.Tls;

/// <summary>
/// The first ClientHello is sent; the answer may still be a HelloRetryRequest. It owns the transcript and the key pairs of the shares.
/// </summary>
internal sealed class ExpectServerHelloOrRetry(
    TlsClient client, ClientHelloWriter helloWriter, Transcript transcript, ClientKeyShares shares)
    : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Initial;

    public static ExpectServerHelloOrRetry Start(TlsClient client, ClientHelloWriter helloWriter)
    {
        var transcript = new Transcript();
        var shares = new ClientKeyShares(client.Cryptography, client.Settings.KeyShares);
        Send(client, helloWriter.Write(shares.All, default), transcript);
        return new ExpectServerHelloOrRetry(client, helloWriter, transcript, shares);
    }

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.ServerHello)
            return client.Fail(Unexpected(message));
        if (ServerHello.Read(message.Body, out var hello) is { } fault)
            return client.Fail(fault);
        return hello.IsRetryRequest ? Retry(message, hello) : new ExpectServerHello(client, transcript, shares).Accept(message, hello);
    }

    protected override void Release()
    {
        transcript.Dispose();
        shares.Dispose();
    }

    // RFC 8446 §4.1.4.
    private HandshakeState Retry(in HandshakeMessage message, ServerHello retry)
    {
        if (!client.Settings.CipherSuites.Contains(retry.CipherSuite))
            return client.Fail(PeerMisbehavior.CipherSuiteNotOffered);
        if (retry.KeyShare is null && retry.Cookie.Length == 0)
            return client.Fail(PeerMisbehavior.RetryWithoutChange);
        if (retry.KeyShare is { Group: var group })
        {
            if (!client.Settings.Groups.Contains(group))
                return client.Fail(PeerMisbehavior.RetryForGroupNotOffered);
            if (shares.Find(group) is not null)
                return client.Fail(PeerMisbehavior.RetryForGroupAlreadyShared);
            shares.ReplaceAll(client.Cryptography, group);
        }

        transcript.ChooseHash(retry.CipherSuite);
        transcript.ReplaceWithMessageHash();
        transcript.Append(message.Encoded);
        Send(client, helloWriter.Write(shares.All, retry.Cookie), transcript);
        return new ExpectServerHello(client, transcript, shares, retry.CipherSuite);
    }

    private static void Send(TlsClient client, byte[] hello, Transcript transcript)
    {
        transcript.Append(hello);
        client.Write(EncryptionLevel.Initial, hello);
    }
}
