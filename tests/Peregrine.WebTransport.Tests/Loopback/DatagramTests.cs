using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

public sealed class DatagramTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_datagram_comes_back(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        var echo = Task.Run(async () =>
        {
            var received = new byte[2000];
            var length = await peer.ReceiveDatagramAsync(received);
            await peer.SendDatagramAsync(received.AsMemory(0, length));
        });
        var sent = Patience.Bytes(1000);
        Assert.Equal(WebTransportDatagramResult.Queued, actor.TrySendDatagram(sent));

        var buffer = new byte[2000];
        var back = await actor.ReceiveDatagramAsync(buffer).Soon();
        await echo.Soon();
        Assert.Equal(sent, buffer[..back]);
        Assert.Equal(1, actor.Statistics.DatagramsSent);
        Assert.Equal(1, actor.Statistics.DatagramsReceived);
    }

    [Fact]
    public async Task Empty_and_largest_datagrams_fit_and_larger_ones_are_told_apart()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var largest = pair.Client.MaxDatagramSize;
        var buffer = new byte[largest + 1];
        Assert.Equal(WebTransportDatagramResult.Queued, pair.Client.TrySendDatagram([]));
        Assert.Equal(0, await pair.Server.ReceiveDatagramAsync(buffer).Soon());
        Assert.Equal(WebTransportDatagramResult.Queued, pair.Client.TrySendDatagram(buffer.AsSpan(0, largest)));
        Assert.Equal(largest, await pair.Server.ReceiveDatagramAsync(buffer).Soon());

        var tooLarge = new byte[pair.Client.MaxDatagramSize + 1];
        Assert.Equal(WebTransportDatagramResult.TooLarge, pair.Client.TrySendDatagram(tooLarge));
        await Assert.ThrowsAsync<ArgumentException>(() => pair.Client.SendDatagramAsync(tooLarge).Soon());
    }

    [Fact]
    public async Task Datagrams_nobody_receives_are_dropped_oldest_first_and_counted()
    {
        await using var loopback = await Loopback.StartAsync(o => o.DatagramReceiveQueueLength = 4);
        await using var pair = await loopback.ConnectPairAsync();
        for (byte i = 0; i < 20; i++)
        {
            await pair.Client.SendDatagramAsync(new[] { i }).Soon();
            await Patience.UntilAsync(() => pair.Server.Statistics.DatagramsReceived == i + 1);
        }

        Assert.Equal(16, pair.Server.Statistics.DatagramsReceiveDropped);
        var buffer = new byte[1];
        await pair.Server.ReceiveDatagramAsync(buffer).Soon();
        Assert.Equal(16, buffer[0]);
    }

    [Fact]
    [Trait("Review", "D8")]
    public async Task Datagrams_dropped_anywhere_on_the_way_are_counted()
    {
        // A queue of one drops most of a packet's datagrams before anybody can look whose they are.
        const int Count = 500;
        await using var loopback = await Loopback.StartAsync(o => o.DatagramReceiveQueueLength = 1);
        await using var pair = await loopback.ConnectPairAsync();
        for (var i = 0; i < Count; i++)
            await pair.Client.SendDatagramAsync(new byte[1]).Soon();
        await Patience.UntilAsync(() =>
            pair.Server.Statistics.DatagramsReceived + pair.Client.Statistics.DatagramsLost >= Count
            && pair.Server.Statistics is var statistics && statistics.DatagramsReceived == statistics.DatagramsReceiveDropped + 1);

        Assert.Equal(1, await pair.Server.ReceiveDatagramAsync(new byte[1]).Soon());
    }

    [Fact]
    [Trait("Review", "D8")]
    public void The_options_of_the_receive_queue_reach_every_queue_on_the_way()
    {
        var options = new WebTransportClientOptions { DatagramReceiveQueueLength = 7, DatagramReceiveQueueBytes = 4096 };
        var transport = new QuicClientConnectionOptions
        {
            ClientAuthenticationOptions = new(),
            RemoteEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1),
        };
        TransportOptions.Apply(options, transport, requestStreams: 0);

        Assert.Equal(7, transport.DatagramReceiveQueueLength);
        Assert.Equal(4096, transport.DatagramReceiveQueueBytes);
    }

    [Fact]
    public async Task Many_datagrams_wait_for_room_instead_of_being_refused()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        for (var i = 0; i < 2_000; i++)
            await pair.Client.SendDatagramAsync(new byte[1000]).Soon();

        Assert.Equal(2_000, pair.Client.Statistics.DatagramsSent);
        Assert.True(await pair.Server.ReceiveDatagramAsync(new byte[1000]).Soon() == 1000);
    }

    [Fact]
    public async Task Trying_to_send_allocates_nothing()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        Assert.Equal(0, LeastAllocated(pair.Client, new byte[1000]));

        // The least of several rounds: what the runtime does once in a while on this thread is not ours.
        static long LeastAllocated(WebTransportSession session, byte[] payload)
        {
            var least = long.MaxValue;
            for (var round = 0; round < 20; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 200; i++)
                    _ = session.TrySendDatagram(payload);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;
        }
    }

    [Fact]
    public async Task After_the_end_no_datagram_leaves()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await pair.Server.CloseAsync(1, "over").Soon();
        await pair.Client.Closed.Soon();

        Assert.Equal(WebTransportDatagramResult.Closed, pair.Client.TrySendDatagram([1]));
        Assert.Equal(WebTransportDatagramResult.Closed, pair.Server.TrySendDatagram([1]));
        Assert.Equal(0, pair.Client.MaxDatagramSize);
        var error = await Assert.ThrowsAsync<WebTransportException>(() => pair.Client.SendDatagramAsync(new byte[1]).Soon());
        Assert.Equal(WebTransportError.SessionClosed, error.Error);
    }
}
