namespace Peregrine.Quic.Tests;

public sealed class DatagramTests
{
    [Fact]
    public async Task Datagrams_go_both_ways()
    {
        await using var pair = await QuicPair.ConnectAsync();
        foreach (var (from, to) in new[] { (pair.Client, pair.Server), (pair.Server, pair.Client) })
        {
            var receiving = to.ReceiveDatagramAsync(new byte[100]).AsTask();
            Assert.Equal(DatagramSendResult.Queued, from.TrySendDatagram([1, 2, 3]));
            Assert.Equal(3, await receiving.WaitAsync(QuicPair.Patience));

            await from.SendDatagramAsync(new byte[] { 4 }, new byte[] { 5, 6 }).WithinPatience();
            var buffer = new byte[100];
            Assert.Equal(3, await to.ReceiveDatagramAsync(buffer).WithinPatience());
            Assert.Equal([4, 5, 6], buffer[..3]);
        }
    }

    [Fact]
    public async Task The_largest_datagram_fits_and_a_larger_one_does_not()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var most = pair.Client.MaxDatagramSize;
        Assert.Equal(DatagramSendResult.TooLarge, pair.Client.TrySendDatagram(new byte[most + 1]));
        await Eventually.ThrowsAsync<ArgumentException>(pair.Client.SendDatagramAsync(new byte[most + 1]));
        Assert.Equal(DatagramSendResult.Queued, pair.Client.TrySendDatagram(new byte[most]));
        Assert.Equal(most, await pair.Server.ReceiveDatagramAsync(new byte[2000]).WithinPatience());
    }

    [Fact]
    public async Task A_buffer_that_is_too_short_leaves_the_datagram_where_it_is()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var receiving = pair.Server.ReceiveDatagramAsync(new byte[2]).AsTask();
        Assert.Equal(DatagramSendResult.Queued, pair.Client.TrySendDatagram([1, 2, 3]));
        await Eventually.ThrowsAsync<ArgumentException>(receiving);
        Assert.Throws<ArgumentException>(() => pair.Server.TryReceiveDatagram(new byte[2], out _));
        Assert.True(pair.Server.TryReceiveDatagram(new byte[3], out var length));
        Assert.Equal(3, length);
        Assert.False(pair.Server.TryReceiveDatagram(new byte[3], out _));
    }

    [Fact]
    public async Task A_peer_that_takes_none_is_told_apart()
    {
        // RFC 9221 §3
        await using var pair = await QuicPair.ConnectAsync(server: o => o.EnableDatagrams = false);
        Assert.False(pair.Client.PeerSupportsDatagrams);
        Assert.True(pair.Server.PeerSupportsDatagrams);
        Assert.Equal(0, pair.Client.MaxDatagramSize);
        Assert.Equal(DatagramSendResult.Unsupported, pair.Client.TrySendDatagram([1]));
        await Eventually.ThrowsAsync<NotSupportedException>(pair.Client.SendDatagramAsync(new byte[1]));
    }

    [Fact]
    public async Task A_cancelled_receive_loses_no_datagram()
    {
        await using var pair = await QuicPair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var receiving = pair.Server.ReceiveDatagramAsync(new byte[100], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Eventually.ThrowsAsync<OperationCanceledException>(receiving);
        Assert.Equal(DatagramSendResult.Queued, pair.Client.TrySendDatagram([1]));
        Assert.Equal(1, await pair.Server.ReceiveDatagramAsync(new byte[100]).WithinPatience());
    }

    [Fact]
    public async Task Several_receivers_share_what_comes()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var receivers = Enumerable.Range(0, 4).Select(async _ =>
        {
            var buffer = new byte[10];
            await pair.Server.ReceiveDatagramAsync(buffer);
            return buffer[0];
        }).ToArray();
        for (byte i = 0; i < 4; i++)
            await pair.Client.SendDatagramAsync(new[] { i }).WithinPatience();
        var got = await Task.WhenAll(receivers).WaitAsync(QuicPair.Patience);
        Assert.Equal([0, 1, 2, 3], got.Order().ToArray());
    }

    [Fact]
    public async Task The_oldest_are_dropped_and_counted_when_the_application_is_slow()
    {
        // Robustness D1.
        await using var pair = await QuicPair.ConnectAsync(server: o => o.DatagramReceiveQueueLength = 4);
        for (byte i = 0; i < 20; i++)
            await pair.Client.SendDatagramAsync(new[] { i }).WithinPatience();

        // A stream byte sent afterwards arrives after them.
        await pair.OpenStreamAsync();
        var buffer = new byte[10];
        var got = new List<byte>();
        while (pair.Server.TryReceiveDatagram(buffer, out _))
            got.Add(buffer[0]);
        Assert.Equal([16, 17, 18, 19], got.ToArray());
        Assert.Equal(16, pair.Server.GetStatistics().DatagramsReceiveDropped);
    }

    [Fact]
    public async Task Sending_waits_for_room_when_the_queue_is_full()
    {
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(client: o =>
        {
            o.Socket = new QuicSocketOptions { Factory = factory };
            o.DatagramSendQueueLength = 2;
        });
        var socket = Assert.Single(made);
        socket.IsCut = true;

        // Full for as long as the socket is cut: the congestion window is used up, and not only the pacer's allowance.
        await Eventually.HoldsAsync(
            () =>
            {
                var figures = pair.Client.GetStatistics();
                return pair.Client.TrySendDatagram(new byte[1000]) == DatagramSendResult.Full
                    && figures.BytesInFlight + 1200 > figures.CongestionWindow;
            },
            "the congestion window and the queue were full");

        var waiting = pair.Client.SendDatagramAsync(new byte[] { 0xee }).AsTask();
        using var cancellation = new CancellationTokenSource();
        var cancelled = pair.Client.SendDatagramAsync(new byte[] { 0xdd }, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Eventually.ThrowsAsync<OperationCanceledException>(cancelled);
        socket.IsCut = false;
        await waiting.WaitAsync(QuicPair.Patience);
        var buffer = new byte[2000];
        while (await pair.Server.ReceiveDatagramAsync(buffer).WithinPatience() != 1)
        {
            // One of the datagrams that were let through before.
        }

        Assert.Equal(0xee, buffer[0]);
    }
}
