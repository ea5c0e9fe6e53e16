using System.Net.Security;

namespace Peregrine.WebTransport.Tests;

public sealed class ListenerTests
{
    [Fact]
    [Trait("Review", "P3")]
    public async Task A_handler_that_throws_ends_its_session_with_the_code_and_no_other()
    {
        await using var loopback = await Loopback.StartAsync(o => o.HandlerFailureCode = 77);
        var running = loopback.Listener.RunAsync(async (session, token) =>
        {
            await using var stream = await session.AcceptBidirectionalStreamAsync(token);
            if (session.Path is "/bad")
                throw new InvalidOperationException("on purpose");
            await stream.CopyToAsync(stream, token);
        });
        await using var good = await loopback.ConnectAsync("/good");
        await using var bad = await loopback.ConnectAsync("/bad");
        await using var broken = await bad.OpenBidirectionalStreamAsync().Soon();
        Assert.Equal(77u, (await bad.Closed.Soon()).Code);

        await using var echo = await good.OpenBidirectionalStreamAsync().Soon();
        await echo.WriteAsync("still here"u8.ToArray(), completeWrites: true).Soon();
        Assert.Equal("still here"u8.ToArray(), await echo.ReadToEndAsync());
        Assert.Equal(0u, (await good.Closed.Soon()).Code);
        await loopback.Listener.CloseAsync().Soon();
        await running.Soon();
    }

    [Fact]
    [Trait("Review", "P3")]
    public async Task A_token_ends_the_handlers_and_the_call_without_an_exception()
    {
        await using var loopback = await Loopback.StartAsync();
        using var stop = new CancellationTokenSource();
        var running = loopback.Listener.RunAsync((_, token) => Task.Delay(Timeout.Infinite, token), stop.Token);
        await using var client = await loopback.ConnectAsync();
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await running.Soon();
        await client.Closed.Soon();
    }

    [Fact]
    [Trait("Review", "P3")]
    public async Task A_request_that_its_handler_leaves_is_answered_404_and_one_whose_handler_throws_500()
    {
        await using var loopback = await Loopback.StartAsync();
        var running = loopback.Listener.RunRequestsAsync(
            (request, _) => request.Path is "/throws" ? throw new InvalidOperationException("on purpose") : Task.CompletedTask);
        Assert.Equal(404, (await Assert.ThrowsAsync<WebTransportException>(() => loopback.ConnectAsync("/left"))).StatusCode);
        Assert.Equal(500, (await Assert.ThrowsAsync<WebTransportException>(() => loopback.ConnectAsync("/throws"))).StatusCode);
        await loopback.Listener.CloseAsync().Soon();
        await running.Soon();
    }

    [Fact]
    [Trait("Review", "P8")]
    public async Task A_listener_that_drains_takes_no_more_and_waits_for_its_sessions()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        Assert.Equal((1, 1), (loopback.Listener.SessionCount, loopback.Listener.ConnectionCount));
        var draining = loopback.Listener.DrainAsync(TimeSpan.FromMinutes(5)).AsTask();
        await Assert.ThrowsAsync<TaskCanceledException>(
            () => Task.Delay(Patience.Limit, pair.Client.Draining));
        await Assert.ThrowsAsync<WebTransportException>(() => loopback.ConnectAsync());

        // What is open goes on.
        await using var stream = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await using var accepted = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        Assert.False(draining.IsCompleted);
        await pair.Client.CloseAsync().Soon();
        await draining.Soon();
        Assert.Equal(0, loopback.Listener.SessionCount);
    }

    [Fact]
    [Trait("Review", "P8")]
    public async Task Sessions_that_do_not_finish_are_closed_at_the_deadline()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await loopback.Listener.DrainAsync(TimeSpan.Zero, 5, "late").Soon();
        var info = await pair.Client.Closed.Soon();
        Assert.Equal((5u, "late"), (info.Code, info.Reason));
    }

    [Fact]
    [Trait("Review", "P8")]
    public async Task More_sessions_than_allowed_in_all_are_refused()
    {
        await using var loopback = await Loopback.StartAsync(o => o.MaxSessions = 1);
        await using var pair = await loopback.ConnectPairAsync();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => loopback.ConnectAsync());
        Assert.Equal(WebTransportError.SessionRejected, error.Error);
        await pair.Client.CloseAsync().Soon();
        await pair.Server.CloseAsync().Soon();
        await using var next = await loopback.ConnectPairAsync();
        Assert.True(next.Client.IsOpen);
        Assert.True(WebTransportListener.IsSupported);
    }

    [Fact]
    [Trait("Review", "P5")]
    public async Task A_new_certificate_serves_new_connections_and_drops_no_session()
    {
        using var renewed = WebTransportCertificate.CreateSelfSigned();
        await using var loopback = await Loopback.StartAsync();
        await using var old = await loopback.ConnectPairAsync();
        loopback.Listener.UpdateCertificate(renewed);

        await using var fresh = await loopback.ConnectPairAsync(configure: o =>
        {
            o.ServerCertificateHashes.Clear();
            o.ServerCertificateHashes.Add(WebTransportCertificate.Hash(renewed));
        });
        await Assert.ThrowsAsync<WebTransportException>(() => loopback.ConnectAsync());
        loopback.Listener.UpdateCertificate(SslStreamCertificateContext.Create(renewed, null, offline: true));
        await using var stream = await old.Client.OpenUnidirectionalStreamAsync().Soon();
        await using var accepted = await old.Server.AcceptUnidirectionalStreamAsync().Soon();
        Assert.True(old.Server.IsOpen && fresh.Server.IsOpen);
    }

    [Fact]
    [Trait("Review", "P5")]
    public async Task A_certificate_callback_that_throws_refuses_one_connection_only()
    {
        using var certificate = WebTransportCertificate.CreateSelfSigned();
        var context = SslStreamCertificateContext.Create(certificate, null, offline: true);
        var calls = 0;
        await using var loopback = await Loopback.StartAsync(o =>
        {
            o.ServerCertificate = null;
            o.ServerCertificateCallback = (_, _) =>
                Interlocked.Increment(ref calls) == 1 ? throw new InvalidOperationException("on purpose") : new(context);
        });
        void Trust(WebTransportClientOptions o)
        {
            o.ServerCertificateHashes.Clear();
            o.ServerCertificateHashes.Add(WebTransportCertificate.Hash(certificate));
        }

        await Assert.ThrowsAsync<WebTransportException>(() => loopback.ConnectAsync(configure: Trust));
        await using var pair = await loopback.ConnectPairAsync(configure: Trust);
        Assert.True(pair.Client.IsOpen);
        Assert.Throws<InvalidOperationException>(() => loopback.Listener.UpdateCertificate(certificate));
    }
}
