namespace Peregrine.WebTransport.Tests;

[Trait("Review", "P1")]
public sealed class KeepAliveTests
{
    [Fact]
    public void Keep_alive_is_on_by_default_and_the_client_comes_first()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), new WebTransportClientOptions().EffectiveKeepAliveInterval);
        Assert.Equal(TimeSpan.FromSeconds(20), new WebTransportListenerOptions().EffectiveKeepAliveInterval);
    }

    [Fact]
    public void The_interval_follows_a_shorter_idle_timeout_and_can_be_switched_off()
    {
        var options = new WebTransportListenerOptions { IdleTimeout = TimeSpan.FromSeconds(6) };
        Assert.Equal(TimeSpan.FromSeconds(4), options.EffectiveKeepAliveInterval);
        options.IdleTimeout = Timeout.InfiniteTimeSpan;
        Assert.Equal(TimeSpan.FromSeconds(20), options.EffectiveKeepAliveInterval);
        options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        Assert.Equal(Timeout.InfiniteTimeSpan, options.EffectiveKeepAliveInterval);
    }

    [Theory]
    [InlineData(1_500, 1_500, true)]
    [InlineData(1_500, 30_000, false)]
    [InlineData(30_000, 1_500, false)]
    public async Task A_quiet_session_outlives_the_idle_timeout(int clientMilliseconds, int serverMilliseconds, bool watchBoth)
    {
        await using var loopback = await Loopback.StartAsync(o => o.IdleTimeout = TimeSpan.FromMilliseconds(serverMilliseconds));
        await using var pair = await loopback.ConnectPairAsync(
            configure: o => o.IdleTimeout = TimeSpan.FromMilliseconds(clientMilliseconds));
        var before = pair.Client.Statistics.PacketsReceived + pair.Server.Statistics.PacketsReceived;

        // Each keep-alive and its acknowledgement is a packet to either side: these are more than an idle timeout.
        await Patience.UntilAsync(() =>
            !pair.Client.IsOpen || pair.Client.Statistics.PacketsReceived + pair.Server.Statistics.PacketsReceived > before + 16);
        Assert.True(pair.Client.IsOpen, $"The session idled out: {pair.Client}");
        Assert.True(!watchBoth || pair.Server.IsOpen, $"The session idled out: {pair.Server}");
    }
}
