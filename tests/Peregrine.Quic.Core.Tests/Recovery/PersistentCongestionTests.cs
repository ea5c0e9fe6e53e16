using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

// RFC 9002 §7.6.
public class PersistentCongestionTests
{
    private const ulong MinimumWindow = 2 * 1200;

    /// <summary>The example of §7.6.3, after a first packet that gave the round-trip sample the text takes for granted.</summary>
    [Fact]
    public void The_example_of_the_rfc_collapses_the_window()
    {
        var s = Prepared();
        var start = s.Now;
        SendAt(0, 1);
        s.Now = start + Ms(1200);
        s.Ack(1);
        SendAt(2, 3, 4, 5, 6, 8, 12);
        s.Now = start + Ms(12_200);
        s.Ack(9);
        Assert.Equal(MinimumWindow, s.Recovery.CongestionWindow);

        void SendAt(params double[] seconds)
        {
            foreach (var second in seconds)
            {
                s.Now = start + Ms(second * 1000);
                s.Send();
            }
        }
    }

    // PTO base is 2 s in all of these: three times that must be exceeded between the first and the last loss.
    [Theory]
    [InlineData(6001, true)]
    [InlineData(6000, false)]
    public void The_outage_must_exceed_the_duration(double milliseconds, bool collapses)
    {
        var s = Prepared();
        s.After(1);
        s.Send();
        s.After(milliseconds);
        s.Send();
        s.After(20_000);
        s.Send();
        s.After(1);

        // What the last ACK makes of the estimates is made up to 2 s.
        s.Recovery.PeerMaxAckDelay = Ms(2000) - ProbeBaseAfter(s.Recovery.Rtt, Ms(1));
        s.Ack(3);
        Assert.Equal(Ms(2000), s.Recovery.PtoForClosing);
        Assert.Equal(2, s.Lost.Count);
        Assert.Equal(collapses, s.Recovery.CongestionWindow == MinimumWindow);
    }

    [Fact]
    public void An_acknowledged_packet_between_spares_the_window()
    {
        var s = Prepared();
        s.After(1);
        s.Send();
        s.After(5000);
        s.Send();
        s.After(5000);
        s.Send();
        s.After(5000);
        s.Send();
        s.After(1);
        s.Ack(2, 4);
        Assert.Equal([1UL, 3UL], s.LostIds);
        Assert.NotEqual(MinimumWindow, s.Recovery.CongestionWindow);
    }

    [Fact]
    public void Packets_before_the_first_sample_do_not_count()
    {
        var s = new RecoveryScenario();
        s.Send();
        s.After(9000);
        s.Send();
        s.After(9000);
        s.Send();
        s.After(1);
        s.Ack(2);
        Assert.Equal([0UL, 1UL], s.LostIds);
        Assert.NotEqual(MinimumWindow, s.Recovery.CongestionWindow);
    }

    [Fact]
    public void Only_ack_eliciting_packets_count()
    {
        var s = Prepared();
        s.After(1);
        SendPadding(s);
        s.After(9000);
        SendPadding(s);
        s.After(9000);
        s.Send();
        s.After(1);
        s.Ack(3);
        Assert.Equal(2UL, s.Recovery.PacketsLost);
        Assert.NotEqual(MinimumWindow, s.Recovery.CongestionWindow);
    }

    private static void SendPadding(RecoveryScenario s)
    {
        var number = s.Recovery.NextPacketNumber(App);
        s.Recovery.OnPacketSent(App, number, 1200, false, true, [], s.Now);
    }

    private static RecoveryScenario Prepared()
    {
        var s = new RecoveryScenario();
        s.Send();
        s.After(100);
        s.Ack(0);
        s.Recovery.PeerMaxAckDelay = Ms(25);
        return s;
    }

    private static Duration ProbeBaseAfter(RttEstimator rtt, Duration next)
    {
        var copy = new RttEstimator(Ms(333));
        copy.AddSample(rtt.Latest, Duration.Zero, Instant.Zero);
        copy.AddSample(next, Duration.Zero, Instant.Zero);
        return copy.ProbeBase;
    }
}
