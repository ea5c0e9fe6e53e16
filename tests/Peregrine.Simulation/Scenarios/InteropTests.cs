using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>The interop runner's transport scenarios, in virtual time.</summary>
public sealed class InteropTests
{
    private static readonly LinkConditions TenMegabits = new() { Delay = Duration.FromMilliseconds(15), BitsPerSecond = 10_000_000, QueueLength = 25 };

    [Fact]
    public void Longrtt_a_handshake_over_750_ms_each_way() =>
        MixedScenario.Run(1, new LinkConditions { Delay = Duration.FromMilliseconds(750) }, new TransferPlan(1, 1, 5_000, 0), Patient);

    [Fact]
    public void Handshakeloss_fifty_connections_under_30_percent_loss_in_bursts() => Seeds.Run("*Handshakeloss*", 100, 50, seed =>
        MixedScenario.Run(seed, TenMegabits with { Drop = 0.2, BurstDrop = 0.05, BurstLength = 3 }, new TransferPlan(1, 0, 1_000, 0), Patient));

    [Fact]
    public void Handshakecorruption_fifty_connections_under_30_percent_corruption() => Seeds.Run("*Handshakecorruption*", 200, 50, seed =>
        MixedScenario.Run(seed, TenMegabits with { Corrupt = 0.3 }, new TransferPlan(1, 0, 1_000, 0), Patient));

    [Fact]
    public void Transferloss_two_megabytes_under_2_percent_loss() => Seeds.Run("*Transferloss*", 300, 4, seed =>
        MixedScenario.Run(seed, TenMegabits with { Drop = 0.02 }, new TransferPlan(1, 0, 2_000_000, 0)));

    [Fact]
    public void Multiplexing_more_streams_than_the_limit_at_once() =>
        MixedScenario.Run(400, TenMegabits, new TransferPlan(500, 499, 32, 0));

    [Fact]
    public void Goodput_a_bottleneck_with_a_short_queue_is_filled()
    {
        // 1 MB each way on four streams over 10 Mbit/s takes 3.4 s at the least; pacing and CUBIC should not need twice that.
        var network = new SimulatedNetwork(500, TenMegabits);
        var plan = new TransferPlan(2, 0, 1_000_000, 0);
        Transfer? server = null;
        network.Server.Accept = connection => server = new Transfer(connection, plan);
        var start = network.Clock.Now;
        var connection = network.Client.Connect(network.Server, c => new Transfer(c, plan));
        Assert.True(network.Run(() => ((Transfer)connection.Application!).IsDone && server!.IsDone, Duration.FromSeconds(60)));
        Assert.InRange((network.Clock.Now - start).Seconds, 3.2, 6.8);
    }

    [Fact]
    public void Blackhole_two_seconds_of_silence_every_five() => Seeds.Run("*Blackhole*", 600, 4, seed =>
        MixedScenario.Run(seed, TenMegabits, new TransferPlan(1, 0, 5_000_000, 0), network =>
        {
            bool IsDark(byte[] datagram) => network.Clock.Now.Nanoseconds % 5_000_000_000 >= 3_000_000_000;
            network.ToServer.DropIf = IsDark;
            network.ToClient.DropIf = IsDark;
        }));

    private static void Patient(SimulatedNetwork network)
    {
        var settings = new ConnectionSettings { HandshakeTimeout = Duration.FromSeconds(300), IdleTimeout = Duration.FromSeconds(300) };
        network.Client.Settings = settings;
        network.Server.Settings = settings;
    }
}
