namespace Peregrine.Tls;

/// <summary>Nothing has come yet.</summary>
internal sealed class ExpectClientHello(TlsServer server) : HandshakeState
{
    public override EncryptionLevel Level => EncryptionLevel.Initial;

    public override HandshakeState Handle(in HandshakeMessage message)
    {
        if (message.Type != HandshakeType.ClientHello)
            return server.Fail(Unexpected(message));
        if (ClientHello.Read(message.Body, out var hello) is { } fault)
            return server.Fail(fault);

        var transcript = new Transcript();
        transcript.Append(message.Encoded);
        server.ServerName = hello.ServerName;
        server.ClientHello = new ClientHelloInfo(
            hello.ServerName, hello.ApplicationProtocols, hello.CipherSuites, hello.Groups, hello.SignatureSchemes);
        server.ReportTransportParameters(EncryptionLevel.Initial, hello.TransportParameters);
        return new AwaitServerOptions(server, hello, transcript);
    }
}
