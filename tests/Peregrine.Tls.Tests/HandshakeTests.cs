namespace Peregrine.Tls.Tests;

public sealed class HandshakeTests
{
    [Fact]
    public void A_client_and_a_server_complete_a_handshake()
    {
        using var pair = new HandshakePair().Run();

        pair.AssertComplete();
        Assert.Equal("h3"u8, pair.Client.ApplicationProtocol.Span);
        Assert.Equal("h3"u8, pair.Server.ApplicationProtocol.Span);
        Assert.Equal("peregrine.test", pair.Server.ServerName);
        Assert.Equal("peregrine.test", pair.Client.ServerName);
        Assert.Equal(NamedGroup.X25519MLKem768, pair.Client.Group);
        Assert.Equal(CipherSuite.Aes128GcmSha256, pair.Server.Suite);
    }
}
