using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class RttEstimatorTests
{
    // RFC 9002 §5.3: a worked sequence; each row is sample, ack delay, then min, smoothed and variation.
    [Fact]
    public void Samples_are_smoothed_as_the_rfc_says()
    {
        (double Sample, double Delay, double Min, double Smoothed, double Variation)[] rows =
        [
            (100, 20, 100, 100, 50),
            (160, 0, 100, 107.5, 0.75 * 50 + 0.25 * 60),
            (140, 30, 100, 107.8125, 0.75 * 52.5 + 0.25 * 2.5),
            (110, 30, 100, 108.0859375, 0.75 * 40 + 0.25 * 2.1875),
            (80, 0, 80, 104.5751953125, 0.75 * 30.546875 + 0.25 * 28.0859375),
        ];
        var rtt = new RttEstimator(Ms(333));
        Assert.Equal(Ms(333), rtt.Smoothed);
        Assert.Equal(Ms(166.5), rtt.Variation);
        Assert.False(rtt.HasSample);
        foreach (var row in rows)
        {
            rtt.AddSample(Ms(row.Sample), Ms(row.Delay), new Instant(1));
            Assert.Equal(Ms(row.Sample), rtt.Latest);
            Assert.Equal(Ms(row.Min), rtt.Min);
            Assert.Equal(row.Smoothed, rtt.Smoothed.Milliseconds, 4);
            Assert.Equal(row.Variation, rtt.Variation.Milliseconds, 4);
        }
    }

    // RFC 9002 §5.3 (robustness A6): the delay is limited to max_ack_delay once the handshake is confirmed, not before.
    [Theory]
    [InlineData(true, 125)]
    [InlineData(false, 107.5)]
    public void Ack_delay_is_limited_after_confirmation(bool confirmed, double adjusted)
    {
        var s = new RecoveryScenario(confirmed: confirmed);
        s.Recovery.PeerMaxAckDelay = Ms(25);
        s.Send();
        s.After(50);
        s.Ack(0);
        s.Send();
        s.After(150);
        s.AckIn(App, Ms(42.5), 1);
        Assert.Equal((50 * 7 + adjusted) / 8, s.Recovery.SmoothedRtt.Milliseconds, 4);
    }

    [Fact]
    public void Initial_packets_have_no_delay()
    {
        var s = new RecoveryScenario(confirmed: false);
        s.Send(Initial);
        s.After(50);
        s.AckIn(Initial, Duration.Zero, 0);
        s.Send(Initial);
        s.After(130);
        s.AckIn(Initial, Ms(60), 1);
        Assert.Equal(60, s.Recovery.SmoothedRtt.Milliseconds, 4);
    }

    // RFC 9002 §5.3: a delay that would take the sample below min_rtt is not believed.
    [Fact]
    public void Implausible_delay_is_ignored()
    {
        var rtt = new RttEstimator(Ms(333));
        rtt.AddSample(Ms(100), Duration.Zero, Instant.Zero);
        rtt.AddSample(Ms(110), Ms(10_000_000), Instant.Zero);
        Assert.Equal(101.25, rtt.Smoothed.Milliseconds, 4);
    }

    // RFC 9002 §5.1.
    [Fact]
    public void Only_the_largest_newly_acknowledged_gives_a_sample()
    {
        var s = new RecoveryScenario();
        s.SendMany(2);
        s.After(10);
        s.Ack(1);
        s.After(50);
        s.AckSpan(0, 1);
        Assert.Equal(Ms(10), s.Recovery.Rtt.Latest);
    }

    // RFC 9002 §5.1.
    [Fact]
    public void Ack_only_packets_give_no_sample()
    {
        var s = new RecoveryScenario();
        s.SendAckOnly();
        s.After(10);
        s.Ack(0);
        Assert.False(s.Recovery.Rtt.HasSample);

        s.Send();
        s.SendAckOnly();
        s.After(10);
        s.AckSpan(1, 2);
        Assert.True(s.Recovery.Rtt.HasSample);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue / 2)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    public void Extremes_neither_wrap_nor_go_negative(long nanoseconds)
    {
        var rtt = new RttEstimator(Ms(333));
        for (var i = 0; i < 50; i++)
        {
            rtt.AddSample(new Duration(nanoseconds), new Duration(i % 2 == 0 ? long.MaxValue : nanoseconds), Instant.Zero);
            Assert.True(rtt.Smoothed >= Duration.Zero);
            Assert.True(rtt.Variation >= Duration.Zero);
            Assert.True(rtt.Min >= Duration.Zero);
            Assert.True(rtt.ProbeBase >= rtt.Smoothed);
            Assert.True(rtt.LossDelay >= RttEstimator.Granularity);
        }
    }

    // RFC 9002 §5.2.
    [Fact]
    public void Minimum_starts_afresh_after_persistent_congestion()
    {
        var rtt = new RttEstimator(Ms(333));
        rtt.AddSample(Ms(10), Duration.Zero, Instant.Zero);
        rtt.AddSample(Ms(50), Duration.Zero, Instant.Zero);
        Assert.Equal(Ms(10), rtt.Min);
        rtt.OnPersistentCongestion();
        rtt.AddSample(Ms(50), Duration.Zero, Instant.Zero);
        Assert.Equal(Ms(50), rtt.Min);
    }
}
