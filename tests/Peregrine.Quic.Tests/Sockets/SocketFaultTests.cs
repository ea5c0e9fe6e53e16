namespace Peregrine.Quic.Tests;

/// <summary>Robustness X3: what goes wrong at the socket costs packets, not connections.</summary>
public sealed class SocketFaultTests
{
    [Fact]
    public async Task Failing_sends_and_receives_end_neither_connection_nor_endpoint()
    {
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(listen: o => o.Socket = new QuicSocketOptions { Factory = factory });
        var socket = Assert.Single(made);
        for (var round = 0; round < 3; round++)
        {
            socket.FailSends(2);
            socket.FailReceives(2);
            var (client, server) = await pair.OpenStreamAsync();
            await server.WriteAsync(new byte[5000], completeWrites: true);
            Assert.Equal(5000, (await client.ReadToEndAsync()).Length);
            await client.DisposeAsync();
            await server.DisposeAsync();
        }

        await using var another = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(pair.Listener)).WithinPatience();
    }

    [Fact]
    public async Task A_segment_size_of_zero_means_the_whole_buffer()
    {
        // Robustness V5.
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(listen: o => o.Socket = new QuicSocketOptions { Factory = factory });
        Assert.Single(made).HidesSegmentSize = true;
        var (client, server) = await pair.OpenStreamAsync();
        await server.WriteAsync(new byte[] { 6 }, completeWrites: true);
        Assert.Equal([6], await client.ReadToEndAsync());
    }
}
