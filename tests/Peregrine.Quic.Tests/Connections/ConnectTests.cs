using System.Net;
using System.Net.Security;
using System.Security.Authentication;

namespace Peregrine.Quic.Tests;

public sealed class ConnectTests
{
    [Fact]
    public async Task A_client_and_a_server_connect_and_exchange_bytes()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        await server.WriteAsync(new byte[] { 1, 2, 3 }, completeWrites: true);
        var buffer = new byte[10];
        Assert.Equal(3, await client.ReadAsync(buffer).AsTask().WaitAsync(QuicPair.Patience));
        Assert.Equal(0, await client.ReadAsync(buffer).AsTask().WaitAsync(QuicPair.Patience));
        await pair.Server.HandshakeCompleted.WaitAsync(QuicPair.Patience);
    }
}
