using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class RecoveryBoundsTests
{
    // Robustness A5: with the window out of the way, the count of packets stops the sender.
    [Fact]
    public void Sending_stops_at_the_most_tracked_packets()
    {
        var s = new RecoveryScenario(new RecoverySettings
        {
            Congestion = new CongestionSettings { MaxDatagramSize = 65_535, InitialWindowPackets = 10_000, MaxWindowPackets = 100_000 },
        });
        GrowWindow(s, 30_000 * 1200);
        var sent = 0;
        while (s.Recovery.CanSend(1200))
        {
            s.Send();
            sent++;
        }

        Assert.Equal(25_000, sent);
        s.After(1);
        s.Ack(s.Recovery.NextPacketNumber(App) - 1);
        Assert.True(s.Recovery.CanSend(1200));
    }

    // Robustness A3: a peer that never acknowledges our ACKs.
    [Fact]
    public void Ack_only_packets_are_forgotten()
    {
        var s = new RecoveryScenario();
        for (var i = 0; i < 1_000_000; i++)
            s.Recovery.OnPacketSent(App, (ulong)i, 40, false, false, [new SentFrame(SentFrameKind.Ack, (ulong)i)], s.Now);
        Assert.Equal(1_000_000 - 64, s.Lost.Count);
        Assert.Equal(0UL, s.Recovery.BytesInFlight);
        Assert.Equal(0UL, s.Recovery.PacketsLost);
        Assert.True(s.Recovery.NextTimeout.IsNever);

        s.After(1);
        Assert.Null(s.AckSpan(0, 999_999));
        Assert.Equal(64, s.Acked.Count);
    }

    [Fact]
    public void Ack_only_packets_behind_an_old_packet_are_bounded_too()
    {
        var s = new RecoveryScenario();
        s.Send();
        for (var i = 1; i < 200_000; i++)
            s.SendAckOnly();
        Assert.Equal(0UL, s.Recovery.BytesInFlight);
        Assert.Equal(1UL, s.Recovery.PacketsLost);
        Assert.Contains(0UL, s.LostIds);
        Assert.True(200_000 - s.Lost.Count <= SentPacketSpace.MaxSpan);
    }

    [Fact]
    public void After_many_acks_in_a_row_one_should_be_acknowledged()
    {
        var s = new RecoveryScenario();
        for (var i = 0; i < 19; i++)
        {
            Assert.False(s.Recovery.ShouldElicitAck);
            s.SendAckOnly();
        }

        Assert.True(s.Recovery.ShouldElicitAck);
        s.Send();
        Assert.False(s.Recovery.ShouldElicitAck);
    }

    // Robustness V3: times at the ends of their range neither wrap nor throw (run with -p:Paranoid=true as well).
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Extreme_times_are_harmless(int algorithm)
    {
        foreach (var start in (long[])[long.MinValue / 2, -1, 0, long.MaxValue / 2, long.MaxValue - 2_000_000_000])
        {
            foreach (var step in (long[])[0, 1, 1_000_000, 1L << 40, 1L << 61])
            {
                var s = new RecoveryScenario((CongestionAlgorithm)algorithm) { Now = new Instant(start) };
                s.Recovery.PeerMaxAckDelay = Duration.Infinite;
                for (var round = 0; round < 50; round++)
                {
                    s.SendMany(5);
                    s.Now += new Duration(step);
                    _ = s.Recovery.PacingTime(s.Now);
                    if (round % 3 == 0)
                        s.Recovery.OnTimeout(s.Now);
                    var last = s.Recovery.NextPacketNumber(App) - 1;
                    Assert.Null(s.AckIn(App, Duration.Infinite, last, last - 3));
                    Assert.True(s.Recovery.CongestionWindow >= 1200);
                    Assert.True(s.Recovery.CongestionWindow <= 10_000 * 1200);
                    Assert.True(s.Recovery.PtoForClosing >= Duration.Zero);
                }
            }
        }
    }

    [Fact]
    public void A_clock_that_goes_back_is_harmless()
    {
        var s = new RecoveryScenario(new RecoverySettings());
        s.SendMany(5);
        s.After(-100);
        s.Ack(4);
        Assert.Equal(Duration.Zero, s.Recovery.Rtt.Latest);
        s.SendMany(5);
        s.After(-100);
        s.Recovery.OnTimeout(s.Now);
        Assert.True(s.Recovery.PacingTime(s.Now) >= s.Now);
    }

    [Theory]
    [InlineData(1199, 10, 100)]
    [InlineData(65_536, 10, 100)]
    [InlineData(1200, 1, 100)]
    [InlineData(1200, 10, 9)]
    [InlineData(1200, 10, 100_001)]
    public void Settings_out_of_range_are_refused(int datagram, int initial, int maximum)
    {
        var settings = new CongestionSettings { MaxDatagramSize = datagram, InitialWindowPackets = initial, MaxWindowPackets = maximum };
        Assert.Throws<ArgumentOutOfRangeException>(() => settings.CreateController());
    }

    private static void GrowWindow(RecoveryScenario s, ulong bytes)
    {
        while (s.Recovery.CongestionWindow < bytes)
        {
            var first = s.Recovery.NextPacketNumber(App);
            while (s.Recovery.CanSend(60_000))
                s.Send(bytes: 60_000);
            s.After(50);
            s.AckSpan(first, s.Recovery.NextPacketNumber(App) - 1);
        }
    }
}
