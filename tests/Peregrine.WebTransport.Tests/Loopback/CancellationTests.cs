using System.Net;
using System.Net.Sockets;

namespace Peregrine.WebTransport.Tests;

/// <summary>Every awaitable can be cancelled, and loses nothing by it.</summary>
public sealed class CancellationTests
{
    [Fact]
    public async Task Connecting_to_someone_who_never_answers()
    {
        using var deaf = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var cancel = new CancellationTokenSource();
        var connecting = WebTransportClient.ConnectAsync(
            new Uri($"https://127.0.0.1:{((IPEndPoint)deaf.Client.LocalEndPoint!).Port}/"), null, cancel.Token).AsTask();
        await deaf.ReceiveAsync().Soon();

        await CancelledAsync(cancel, connecting);
    }

    [Fact]
    public async Task Connecting_while_the_application_thinks_about_the_request()
    {
        await using var loopback = await Loopback.StartAsync();
        using var cancel = new CancellationTokenSource();
        var connecting = WebTransportClient.ConnectAsync(loopback.Address(), loopback.ClientOptions(), cancel.Token).AsTask();
        var request = await loopback.Listener.AcceptAsync().Soon();
        var aborted = new TaskCompletionSource();
        request.Aborted.Register(aborted.SetResult);
        await CancelledAsync(cancel, connecting);
        await aborted.Task.Soon();

        await Assert.ThrowsAsync<WebTransportException>(async () =>
            await (await request.AcceptAsync().Soon()).AcceptBidirectionalStreamAsync().Soon());
        await using var next = await loopback.ConnectPairAsync();
    }

    [Fact]
    public async Task Accepting_requests()
    {
        await using var loopback = await Loopback.StartAsync();
        using var cancel = new CancellationTokenSource();
        await CancelledAsync(cancel, loopback.Listener.AcceptAsync(cancel.Token).AsTask());

        await using var pair = await loopback.ConnectPairAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accepting_streams_and_receiving_datagrams(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        using var cancel = new CancellationTokenSource();
        Task[] waiting =
        [
            actor.AcceptBidirectionalStreamAsync(cancel.Token).AsTask(), actor.AcceptUnidirectionalStreamAsync(cancel.Token).AsTask(),
            actor.ReceiveDatagramAsync(new byte[1], cancel.Token).AsTask(),
        ];
        await CancelledAsync(cancel, waiting);

        await using var opened = await peer.OpenUnidirectionalStreamAsync().Soon();
        await using var accepted = await actor.AcceptUnidirectionalStreamAsync().Soon();
        await peer.SendDatagramAsync(new byte[] { 9 }).Soon();
        Assert.Equal(1, await actor.ReceiveDatagramAsync(new byte[1]).Soon());
    }

    [Fact]
    public async Task Opening_streams_while_the_peer_allows_none()
    {
        await using var loopback = await Loopback.StartAsync(o => o.MaxInboundUnidirectionalStreams = 1);
        await using var pair = await loopback.ConnectPairAsync();
        using var cancel = new CancellationTokenSource();
        var opened = new List<WebTransportStream>();
        Task<WebTransportStream> opening;
        while ((opening = pair.Client.OpenUnidirectionalStreamAsync(cancel.Token).AsTask()).IsCompleted)
            opened.Add(await opening);
        await CancelledAsync(cancel, opening);

        // One that waits gets its turn when another is over on both sides.
        var next = pair.Client.OpenUnidirectionalStreamAsync().AsTask();
        Assert.False(next.IsCompleted);
        foreach (var stream in opened)
            await stream.DisposeAsync();
        await using (var received = await pair.Server.AcceptUnidirectionalStreamAsync().Soon())
            Assert.Empty(await received.ReadToEndAsync());
        await using var turn = await next.Soon();
    }

    [Fact]
    public async Task Opening_a_stream_while_the_session_ends()
    {
        await using var loopback = await Loopback.StartAsync(o => o.MaxInboundBidirectionalStreams = 0);
        await using var pair = await loopback.ConnectPairAsync();
        Task<WebTransportStream> opening;
        while ((opening = pair.Client.OpenBidirectionalStreamAsync().AsTask()).IsCompleted)
            await opening;
        await pair.Server.CloseAsync(4, "no more").Soon();

        // The end of the session gives back credit, so that the stream may just come through; then it is of no use.
        var error = await Assert.ThrowsAsync<WebTransportException>(async () =>
        {
            var late = await opening.Soon();
            await late.ReadExactlyAsync(new byte[1]).Soon();
        });
        Assert.Equal(4u, error.ErrorCode);
    }

    [Fact]
    public async Task Reading_loses_nothing_and_writing_resets()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var client = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        await using var server = await pair.Server.AcceptBidirectionalStreamAsync().Soon();
        using (var cancel = new CancellationTokenSource())
            await CancelledAsync(cancel, client.ReadAsync(new byte[1], cancel.Token).AsTask());
        await server.WriteAsync(new byte[] { 5 }).Soon();
        var buffer = new byte[1];
        Assert.Equal(1, await client.ReadAsync(buffer).Soon());
        Assert.Equal(5, buffer[0]);

        // Nobody reads at the server, so sooner or later there is no room.
        using (var cancel = new CancellationTokenSource())
        {
            var writing = Task.Run(async () =>
            {
                var piece = new byte[1 << 20];
                while (true)
                    await client.WriteAsync(piece, cancel.Token);
            });
            await Patience.UntilAsync(() => pair.Client.Statistics.BytesSent > 200_000);
            await CancelledAsync(cancel, writing);
        }

        await Assert.ThrowsAsync<WebTransportException>(() => server.CopyToAsync(Stream.Null).Soon());
    }

    [Fact]
    public async Task The_wait_for_a_close_but_not_the_close()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var relay = new UdpRelay(loopback.Port);
        var connecting = WebTransportClient.ConnectAsync(new Uri($"https://127.0.0.1:{relay.Port}/"), loopback.ClientOptions()).Soon();
        var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        var client = await connecting;
        relay.Silence();
        using var cancel = new CancellationTokenSource();
        await CancelledAsync(cancel, client.CloseAsync(1, "x", cancel.Token).AsTask());

        Assert.Equal(1u, (await client.Closed.Soon()).Code);
        await client.DisposeAsync().Soon();
        await server.DisposeAsync().Soon();
    }

    [Fact]
    public async Task A_token_cancelled_before_the_call_cancels_it_at_once()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var stream = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        var cancelled = new CancellationToken(canceled: true);
        Task[] calls =
        [
            WebTransportClient.ConnectAsync(loopback.Address(), loopback.ClientOptions(), cancelled).AsTask(),
            loopback.Listener.AcceptAsync(cancelled).AsTask(),
            pair.Client.OpenBidirectionalStreamAsync(cancelled).AsTask(), pair.Client.OpenUnidirectionalStreamAsync(cancelled).AsTask(),
            pair.Client.AcceptBidirectionalStreamAsync(cancelled).AsTask(), pair.Client.AcceptUnidirectionalStreamAsync(cancelled).AsTask(),
            pair.Client.SendDatagramAsync(new byte[1], cancelled).AsTask(),
            pair.Client.ReceiveDatagramAsync(new byte[1], cancelled).AsTask(),
            stream.ReadAsync(new byte[1], cancelled).AsTask(),
        ];
        foreach (var call in calls)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());

        await stream.WriteAsync(new byte[] { 1 }).Soon();
    }

    private static async Task CancelledAsync(CancellationTokenSource cancel, params Task[] waiting)
    {
        foreach (var task in waiting)
            Assert.False(task.IsCompleted);
        await cancel.CancelAsync();
        foreach (var task in waiting)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.Soon());
    }
}
