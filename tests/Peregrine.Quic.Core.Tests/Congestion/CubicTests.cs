using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class CubicTests
{
    private const double Datagram = 1200;
    private static readonly CongestionSettings Settings = new();
    private readonly Cubic _cubic = new(Settings);
    private Instant _now = new(1_000_000_000);

    // RFC 9438 §4.6.
    [Fact]
    public void A_loss_takes_three_tenths()
    {
        Grow(1_200_000);
        _cubic.OnCongestionEvent(_now, _now);
        Assert.Equal(840_000UL, _cubic.CongestionWindow);
        Assert.False(_cubic.InSlowStart);
    }

    /// <summary>
    /// RFC 9438 §4.2, §4.4, §4.5, in datagrams and seconds, written from the text: one ACK for a window each round trip. K puts the plateau
    /// at the old maximum.
    /// </summary>
    [Theory]
    [InlineData(1000, 200)]
    [InlineData(3000, 100)]
    [InlineData(9000, 50)]
    public void The_curve_is_concave_then_convex(int maximum, int roundTrip)
    {
        Grow((ulong)(maximum * Datagram));
        _cubic.OnCongestionEvent(_now, _now);
        var start = _now;
        var window = maximum * 0.7;
        var reno = window;
        var k = Math.Cbrt((maximum - window) / 0.4);
        var reachedPlateau = false;
        while ((_now - start).Seconds < 1.5 * k && window < 9900)
        {
            _now += Ms(roundTrip);
            Ack(_cubic.CongestionWindow, Ms(roundTrip));

            var t = (_now - start).Seconds;
            reno += (reno >= maximum ? 1 : 9.0 / 17) * 1;
            var here = 0.4 * Math.Pow(t - k, 3) + maximum;
            var ahead = 0.4 * Math.Pow(t + roundTrip / 1000.0 - k, 3) + maximum;
            window = here < reno ? Math.Max(window, reno) : Math.Clamp(ahead, window, 1.5 * window);
            Assert.Equal(window, _cubic.CongestionWindow / Datagram, 0.01 * window);
            reachedPlateau |= Math.Abs(t - k) < 0.2 && Math.Abs(window - maximum) < 0.02 * maximum;
        }

        Assert.True(reachedPlateau);
    }

    // RFC 9438 §4.3: on a short path it is no slower than Reno, alpha = 3 * 0.3 / 1.7 until the old window is reached, then 1.
    [Fact]
    public void The_reno_friendly_region_rules_on_short_paths()
    {
        Grow((ulong)(100 * Datagram));
        _cubic.OnCongestionEvent(_now, _now);
        var expected = 70.0;
        for (var round = 0; round < 100; round++)
        {
            _now += Ms(1);
            Ack(_cubic.CongestionWindow, Ms(1));
            expected += expected >= 100 ? 1 : 9.0 / 17;
            Assert.Equal(expected, _cubic.CongestionWindow / Datagram, 0.5);
        }

        Assert.True(expected > 130);
    }

    // RFC 9438 §4.7: a second loss below the old maximum puts the new one at 0.85 of the window.
    [Fact]
    public void Fast_convergence_lowers_the_plateau()
    {
        Grow((ulong)(1000 * Datagram));
        _cubic.OnCongestionEvent(_now, _now);
        _now += Ms(10);
        _cubic.OnCongestionEvent(_now, _now);
        Assert.Equal(490, _cubic.CongestionWindow / Datagram, 0.01);

        // K for a plateau at 0.85 * 700 = 595; without fast convergence it would be at 700.
        var k = Math.Cbrt((595 - 490) / 0.4);
        var start = _now;
        while ((_now - start).Seconds < k)
        {
            _now += Ms(100);
            Ack(_cubic.CongestionWindow, Ms(100));
        }

        Assert.Equal(595, _cubic.CongestionWindow / Datagram, 5.0);
    }

    // RFC 9438 §4.2: t leaves out the time in which the window was not in use.
    [Fact]
    public void Time_of_an_idle_application_does_not_count()
    {
        var idle = new Cubic(Settings);
        var busy = new Cubic(Settings);
        foreach (var controller in (Cubic[])[idle, busy])
        {
            Grow((ulong)(1000 * Datagram), controller);
            controller.OnCongestionEvent(_now, _now);
        }

        var pause = Duration.Zero;
        for (var round = 0; round < 60; round++)
        {
            if (round == 20)
            {
                // Nothing in flight at all.
                pause += Duration.FromSeconds(30);
                idle.OnPacketSent(1200, 0, _now + pause);
            }

            if (round == 40)
            {
                // A trickle, acknowledged.
                for (var i = 0; i < 50; i++)
                {
                    pause += Ms(500);
                    idle.OnPacketsAcked(new AckedPackets(1200, _now + pause, Ms(100), Ms(100), false, _now + pause));
                }
            }

            _now += Ms(100);
            busy.OnPacketsAcked(new AckedPackets(busy.CongestionWindow, _now, Ms(100), Ms(100), true, _now));
            var later = _now + pause;
            idle.OnPacketsAcked(new AckedPackets(idle.CongestionWindow, later, Ms(100), Ms(100), true, later));
            Assert.Equal(busy.CongestionWindow, idle.CongestionWindow);
        }
    }

    // RFC 9438 §4.8: slow start up to the threshold, then a curve that starts on its plateau.
    [Fact]
    public void After_persistent_congestion_it_slow_starts_to_the_threshold()
    {
        Grow((ulong)(100 * Datagram));
        _cubic.OnCongestionEvent(_now, _now);
        _cubic.OnPersistentCongestion();
        Assert.Equal(2400UL, _cubic.CongestionWindow);
        Assert.True(_cubic.InSlowStart);
        while (_cubic.InSlowStart)
            Ack(2400, Ms(100));
        Assert.Equal(70, _cubic.CongestionWindow / Datagram, 2.0);

        var before = _cubic.CongestionWindow;
        _now += Ms(100);
        Ack(before, Ms(100));
        Assert.True(_cubic.CongestionWindow - before <= 2 * Datagram);
    }

    [Fact]
    public void Ecn_may_take_the_window_to_one_datagram()
    {
        for (var i = 0; i < 50; i++)
        {
            _now += Ms(1);
            _cubic.OnEcnCongestion(_now, _now);
        }

        Assert.Equal(1200UL, _cubic.CongestionWindow);
    }

    [Fact]
    public void Another_path_starts_from_the_beginning()
    {
        Grow(1_200_000);
        _cubic.OnCongestionEvent(_now, _now);
        _cubic.Reset(_now);
        Assert.Equal(12_000UL, _cubic.CongestionWindow);
        Assert.True(_cubic.InSlowStart);
        Assert.Equal(_now, _cubic.RecoveryStart);
    }

    private void Ack(ulong bytes, Duration rtt) => _cubic.OnPacketsAcked(new AckedPackets(bytes, _now, rtt, rtt, true, _now));

    private void Grow(ulong to) => Grow(to, _cubic);

    private void Grow(ulong to, Cubic controller) =>
        controller.OnPacketsAcked(new AckedPackets(to - controller.CongestionWindow, _now, Duration.Zero, Ms(100), true, _now));
}
