namespace Peregrine.WebTransport.Tests;

public sealed class CloseTests
{
    [Theory]
    [InlineData(true, 0u, "")]
    [InlineData(true, 42u, "grüße, client")]
    [InlineData(false, 0xffffffffu, "grüße, server")]
    [InlineData(false, 1u, "")]
    public async Task A_close_carries_code_and_reason(bool byClient, uint code, string reason)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        await actor.CloseAsync(code, reason).Soon();
        var mine = await actor.Closed.Soon();
        var theirs = await peer.Closed.Soon();

        Assert.Equal((code, reason, WebTransportCloseInitiator.Local), (mine.Code, mine.Reason, mine.Initiator));
        Assert.Equal((code, reason, WebTransportCloseInitiator.Peer), (theirs.Code, theirs.Reason, theirs.Initiator));
        Assert.Null(theirs.ConnectionError);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_long_reason_is_cut_between_characters(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        await actor.CloseAsync(1, new string('€', 1000)).Soon();

        Assert.Equal(new string('€', 341), (await peer.Closed.Soon()).Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposing_closes_with_code_zero(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        await actor.DisposeAsync().Soon();
        var theirs = await peer.Closed.Soon();

        Assert.Equal((0u, "", WebTransportCloseInitiator.Peer), (theirs.Code, theirs.Reason, theirs.Initiator));
    }

    [Fact]
    public async Task Both_sides_may_close_at_once()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await Task.WhenAll(pair.Client.CloseAsync(1, "client").AsTask(), pair.Server.CloseAsync(2, "server").AsTask()).Soon();

        Assert.Contains((await pair.Client.Closed.Soon()).Code, new[] { 1u, 2u });
        Assert.Contains((await pair.Server.Closed.Soon()).Code, new[] { 1u, 2u });
    }

    // draft-ietf-webtrans-http3 §6: every stream of the session is reset and stopped, and no new ones come.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everything_of_the_session_ends_with_it_on_both_sides(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        await using var opened = await actor.OpenBidirectionalStreamAsync().Soon();
        await using var accepted = await peer.AcceptBidirectionalStreamAsync().Soon();
        Task[] waiting =
        [
            opened.ReadAsync(new byte[1]).AsTask(), accepted.ReadAsync(new byte[1]).AsTask(),
            opened.ReadsClosed, opened.WritesClosed, accepted.ReadsClosed, accepted.WritesClosed,
            peer.AcceptBidirectionalStreamAsync().AsTask(), peer.AcceptUnidirectionalStreamAsync().AsTask(),
            actor.AcceptBidirectionalStreamAsync().AsTask(), actor.AcceptUnidirectionalStreamAsync().AsTask(),
            peer.ReceiveDatagramAsync(new byte[1]).AsTask(), actor.ReceiveDatagramAsync(new byte[1]).AsTask(),
        ];
        await actor.CloseAsync(9, "enough").Soon();
        await peer.Closed.Soon();

        foreach (var task in waiting)
        {
            var error = await Assert.ThrowsAsync<WebTransportException>(() => task.Soon());
            Assert.Equal(WebTransportError.SessionClosed, error.Error);
            Assert.Equal(WebTransportErrorSource.Session, error.ErrorSource);
        }

        foreach (var side in new[] { actor, peer })
        {
            var error = await Assert.ThrowsAsync<WebTransportException>(() => side.OpenUnidirectionalStreamAsync().Soon());
            Assert.Equal(9u, error.ErrorCode);
        }

        Assert.Equal(0, actor.Statistics.OpenStreams);
        Assert.Equal(0, peer.Statistics.OpenStreams);
    }

    [Fact]
    public async Task Closing_and_disposing_again_changes_nothing()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await pair.Client.CloseAsync(3, "first").Soon();
        await pair.Client.CloseAsync(4, "second").Soon();
        await pair.Client.DisposeAsync().Soon();
        await pair.Client.DisposeAsync().Soon();

        Assert.Equal(3u, (await pair.Client.Closed.Soon()).Code);
        Assert.Equal(3u, (await pair.Server.Closed.Soon()).Code);
    }

    [Fact]
    public async Task Drain_asks_and_the_session_goes_on()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var asked = new TaskCompletionSource();
        pair.Client.Draining.Register(asked.SetResult);
        await pair.Server.DrainAsync().Soon();
        await asked.Task.Soon();

        Assert.False(pair.Server.Draining.IsCancellationRequested);
        await using var client = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await client.WriteAsync(new byte[] { 1 }, completeWrites: true).Soon();
        await using var server = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        Assert.Equal([1], await server.ReadToEndAsync());
    }

    [Fact]
    public async Task Closing_the_listener_closes_every_session_with_its_reason()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var first = await loopback.ConnectPairAsync();
        await using var second = await loopback.ConnectPairAsync();
        var accepting = loopback.Listener.AcceptAsync().AsTask();
        await loopback.Listener.CloseAsync(7, "shutting down").Soon();

        foreach (var pair in new[] { first, second })
        {
            var info = await pair.Client.Closed.Soon();
            Assert.Equal((7u, "shutting down", WebTransportCloseInitiator.Peer), (info.Code, info.Reason, info.Initiator));
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => loopback.Listener.AcceptAsync().Soon());
    }

    [Fact]
    public async Task A_listener_disposed_with_a_request_unanswered_gives_it_up()
    {
        await using var loopback = await Loopback.StartAsync();
        var connecting = loopback.ConnectAsync();
        var request = await loopback.Listener.AcceptAsync().Soon();
        await loopback.Listener.DisposeAsync().Soon();

        await Assert.ThrowsAsync<WebTransportException>(() => connecting);
        await Assert.ThrowsAnyAsync<Exception>(() => request.AcceptAsync().Soon());
    }

    [Fact]
    public async Task A_peer_that_vanishes_ends_the_session_when_it_has_been_silent_too_long()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var relay = new UdpRelay(loopback.Port);
        var connecting = WebTransportClient.ConnectAsync(
            new Uri($"https://127.0.0.1:{relay.Port}/"),
            loopback.ClientOptions(o => o.IdleTimeout = TimeSpan.FromMilliseconds(500))).Soon();
        var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        var client = await connecting;
        await using var stream = await client.OpenBidirectionalStreamAsync().Soon();
        relay.Silence();

        foreach (var info in new[] { await client.Closed.Soon(), await server.Closed.Soon() })
        {
            Assert.Equal(WebTransportCloseInitiator.Connection, info.Initiator);
            Assert.NotNull(info.ConnectionError);
        }

        var error = await Assert.ThrowsAsync<WebTransportException>(() => stream.ReadAsync(new byte[1]).Soon());
        Assert.Equal(WebTransportError.ConnectionFailed, error.Error);
        await client.DisposeAsync().Soon();
        await server.DisposeAsync().Soon();
    }

    [Fact]
    public async Task Closing_towards_a_peer_that_vanished_takes_no_longer_than_the_close_timeout()
    {
        await using var loopback = await Loopback.StartAsync(o => o.CloseTimeout = TimeSpan.FromMilliseconds(100));
        await using var relay = new UdpRelay(loopback.Port);
        var connecting = WebTransportClient.ConnectAsync(
            new Uri($"https://127.0.0.1:{relay.Port}/"),
            loopback.ClientOptions(o => o.CloseTimeout = TimeSpan.FromMilliseconds(100))).Soon();
        var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        var client = await connecting;
        relay.Silence();

        // Both are done long before the idle timeout of 30 seconds would end the connection.
        await client.CloseAsync(1, "anyone?").Soon();
        await server.DisposeAsync().Soon();
        Assert.Equal(WebTransportCloseInitiator.Local, (await client.Closed.Soon()).Initiator);
    }
}
