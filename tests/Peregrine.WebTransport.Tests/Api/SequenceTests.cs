namespace Peregrine.WebTransport.Tests;

[Trait("Review", "P3")]
public sealed class SequenceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loop_over_streams_ends_without_an_exception_when_either_side_closes(bool client)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var loops = new[]
        {
            CountAsync(pair.Server.AcceptBidirectionalStreamsAsync()),
            CountAsync(pair.Server.AcceptUnidirectionalStreamsAsync()),
        };
        for (var i = 0; i < 3; i++)
        {
            await (await pair.Client.OpenBidirectionalStreamAsync().Soon()).WriteAsync(new byte[1], completeWrites: true).Soon();
            await (await pair.Client.OpenUnidirectionalStreamAsync().Soon()).WriteAsync(new byte[1], completeWrites: true).Soon();
        }

        await Patience.UntilAsync(() => pair.Server.Statistics.StreamsAccepted == 6);
        await pair.By(client).Actor.CloseAsync(7, "done").Soon();
        var counts = await Task.WhenAll(loops).Soon();
        Assert.Equal([3, 3], counts);
        Assert.True(pair.Server.ClosedToken.IsCancellationRequested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loop_over_datagrams_gives_what_came_and_ends_without_an_exception(bool client)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        pair.Client.TrySendDatagram([1, 2]);
        pair.Client.TrySendDatagram([]);
        await Patience.UntilAsync(() => pair.Server.Statistics.DatagramsReceived == 2);
        await pair.By(client).Actor.CloseAsync().Soon();
        await pair.Server.Closed.Soon();

        var all = new List<byte[]>();
        await foreach (var datagram in pair.Server.ReceiveDatagramsAsync())
            all.Add(datagram);
        Assert.Equal<byte[]>([[1, 2], []], all);
    }

    [Fact]
    public async Task A_loop_over_a_lost_session_throws()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var relay = new UdpRelay(loopback.Port);
        var connecting = WebTransportClient.ConnectAsync(
            new Uri($"https://127.0.0.1:{relay.Port}/"), loopback.ClientOptions(o => o.IdleTimeout = TimeSpan.FromMilliseconds(500))).Soon();
        await using var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        await using var client = await connecting;
        var loop = CountAsync(client.ReceiveDatagramsAsync());
        relay.Silence();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => loop.Soon());
        Assert.Equal(WebTransportError.ConnectionFailed, error.Error);
    }

    [Fact]
    public async Task A_cancelled_loop_loses_no_stream()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        using var cancel = new CancellationTokenSource();
        var loop = CountAsync(pair.Server.AcceptUnidirectionalStreamsAsync(cancel.Token));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.Soon());
        await using var sent = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await using var accepted = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        Assert.Equal(sent.Id, accepted.Id);
    }

    [Fact]
    public async Task A_loop_over_requests_ends_without_an_exception_when_the_listener_closes()
    {
        await using var loopback = await Loopback.StartAsync();
        var loop = CountAsync(loopback.Listener.AcceptAllAsync());
        await loopback.Listener.CloseAsync().Soon();
        Assert.Equal(0, await loop.Soon());
    }

    [Fact]
    public async Task A_game_loop_drains_datagrams_at_its_tick_without_a_task()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var buffer = new byte[1500];
        Assert.False(pair.Server.TryReceiveDatagram(buffer, out var length));
        Assert.Equal(0, length);

        for (byte i = 0; i < 10; i++)
            await pair.Client.SendDatagramAsync(new[] { i }).Soon();
        await Patience.UntilAsync(() => pair.Server.Statistics.DatagramsReceived == 10);
        var sum = 0;
        while (pair.Server.TryReceiveDatagram(buffer, out length))
            sum += length + buffer[0];
        Assert.Equal(10 + 45, sum);

        await pair.Client.SendDatagramAsync(new byte[100]).Soon();
        await Patience.UntilAsync(() => pair.Server.Statistics.DatagramsReceived == 11);
        Assert.Throws<ArgumentException>(() => pair.Server.TryReceiveDatagram(buffer.AsSpan(0, 99), out _));
        Assert.True(pair.Server.TryReceiveDatagram(buffer, out length));
        Assert.Equal(100, length);
    }

    [Fact]
    public async Task Abort_waits_for_nothing_and_tells_the_peer_why()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        Assert.True(pair.Server.IsOpen);
        pair.Server.Abort(9, "enough");
        Assert.False(pair.Server.IsOpen);
        var info = await pair.Client.Closed.Soon();
        Assert.Equal((9u, "enough"), (info.Code, info.Reason));
        Assert.False(pair.Client.IsOpen);
    }

    private static async Task<int> CountAsync<T>(IAsyncEnumerable<T> sequence)
    {
        var count = 0;
        await foreach (var _ in sequence)
            count++;
        return count;
    }
}
