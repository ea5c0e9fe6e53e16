using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

// RFC 9406 §4.2, §4.3.
public class HyStartTests
{
    private readonly HyStart _start = new();
    private Instant _now = new(1_000_000_000);

    [Theory]
    [InlineData(20, 23.9, false)]
    [InlineData(20, 24, true)]
    [InlineData(80, 89.9, false)]
    [InlineData(80, 90, true)]
    [InlineData(400, 415.9, false)]
    [InlineData(400, 416, true)]
    public void A_rise_of_the_round_trip_begins_the_conservative_phase(double before, double after, bool begins)
    {
        Assert.False(Round(before));
        Assert.False(Round(after));
        Assert.Equal(begins, _start.IsConservative);
    }

    [Fact]
    public void Eight_samples_are_needed()
    {
        Round(20);
        Assert.False(Round(60, samples: 7));
        Assert.False(_start.IsConservative);
    }

    [Fact]
    public void The_least_sample_of_the_round_decides()
    {
        Round(20);
        Sample(20, startsRound: true);
        for (var i = 0; i < 20; i++)
            Sample(90, startsRound: false);
        Assert.False(_start.IsConservative);
    }

    [Fact]
    public void Five_conservative_rounds_end_slow_start()
    {
        Round(20);
        Round(40);
        for (var round = 0; round < 4; round++)
            Assert.False(Round(40));
        Assert.True(Round(40));
    }

    [Fact]
    public void A_round_trip_below_the_baseline_resumes_slow_start()
    {
        Round(20);
        Round(40);
        Assert.True(_start.IsConservative);
        Assert.False(Round(30));
        Assert.False(_start.IsConservative);
        for (var round = 0; round < 10; round++)
            Assert.False(Round(30));
    }

    [Fact]
    public void The_conservative_phase_grows_a_quarter_as_fast()
    {
        var cubic = new Cubic(new CongestionSettings());
        DriveCubic(cubic, 20);
        var fast = cubic.CongestionWindow;
        DriveCubic(cubic, 20);
        Assert.Equal(8 * 1200UL, cubic.CongestionWindow - fast);
        DriveCubic(cubic, 40);
        var slow = cubic.CongestionWindow;
        DriveCubic(cubic, 40);
        Assert.Equal(8 * 1200UL / 4, cubic.CongestionWindow - slow);
        Assert.True(cubic.InSlowStart);
        for (var round = 0; round < 4; round++)
            DriveCubic(cubic, 40);
        Assert.False(cubic.InSlowStart);
        Assert.Equal(0UL, cubic.CongestionEvents);
    }

    private bool Round(double rtt, int samples = 8)
    {
        var over = false;
        for (var i = 0; i < samples; i++)
            over |= Sample(rtt, startsRound: i == 0);
        return over;
    }

    private bool Sample(double rtt, bool startsRound)
    {
        // A packet sent after the round began ends it; one sent long before does not.
        _now += Ms(1);
        return _start.OnAck(Ms(rtt), startsRound ? _now : new Instant(0), _now);
    }

    private void DriveCubic(Cubic cubic, double rtt)
    {
        for (var i = 0; i < 8; i++)
        {
            _now += Ms(1);
            cubic.OnPacketsAcked(new AckedPackets(1200, i == 0 ? _now : new Instant(0), Ms(rtt), Ms(rtt), true, _now));
        }
    }
}
