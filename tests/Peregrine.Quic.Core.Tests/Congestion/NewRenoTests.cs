using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class NewRenoTests
{
    private readonly NewReno _reno = new(new CongestionSettings());
    private Instant _now = new(1_000_000_000);

    // RFC 9002 §7.2: ten datagrams, but no more than the larger of 14720 bytes and two datagrams.
    [Theory]
    [InlineData(1200, 12_000)]
    [InlineData(1472, 14_720)]
    [InlineData(1500, 14_720)]
    [InlineData(9000, 18_000)]
    public void Initial_window(int datagram, int expected)
    {
        var settings = new CongestionSettings { MaxDatagramSize = datagram };
        Assert.Equal((ulong)expected, new NewReno(settings).CongestionWindow);
        Assert.Equal((ulong)expected, new Cubic(settings).CongestionWindow);
    }

    // RFC 9002 §7.3.1.
    [Fact]
    public void Slow_start_grows_by_what_is_acknowledged()
    {
        Assert.True(_reno.InSlowStart);
        Ack(5000);
        Assert.Equal(17_000UL, _reno.CongestionWindow);
    }

    // RFC 9002 §7.3.2: halved once, whatever else of the same flight is lost.
    [Fact]
    public void A_recovery_period_halves_the_window_once()
    {
        var sent = _now;
        _now += Ms(50);
        _reno.OnCongestionEvent(sent, _now);
        Assert.Equal(6000UL, _reno.CongestionWindow);
        _reno.OnCongestionEvent(sent, _now + Ms(1));
        _reno.OnCongestionEvent(_now, _now + Ms(2));
        Assert.Equal(6000UL, _reno.CongestionWindow);
        _reno.OnCongestionEvent(_now + Ms(1), _now + Ms(50));
        Assert.Equal(3000UL, _reno.CongestionWindow);
        Assert.Equal(2UL, _reno.CongestionEvents);
    }

    // RFC 9002 §7.3.3: one datagram for each window acknowledged.
    [Fact]
    public void Avoidance_adds_one_datagram_a_window()
    {
        _reno.OnCongestionEvent(_now, _now);
        Assert.False(_reno.InSlowStart);
        for (var i = 0; i < 4; i++)
            Ack(1200);
        Assert.Equal(6000UL, _reno.CongestionWindow);
        Ack(1200);
        Assert.Equal(7200UL, _reno.CongestionWindow);
        Ack(7200);
        Assert.Equal(8400UL, _reno.CongestionWindow);
    }

    // RFC 9002 §7.2.
    [Fact]
    public void The_window_never_falls_below_two_datagrams()
    {
        for (var i = 0; i < 20; i++)
        {
            _now += Ms(10);
            _reno.OnCongestionEvent(_now, _now);
        }

        Assert.Equal(2400UL, _reno.CongestionWindow);
    }

    // RFC 9002 §7.6.2.
    [Fact]
    public void Persistent_congestion_goes_back_to_slow_start()
    {
        _reno.OnCongestionEvent(_now, _now);
        _reno.OnPersistentCongestion();
        Assert.Equal(2400UL, _reno.CongestionWindow);
        Assert.True(_reno.InSlowStart);
        Ack(2400);
        Assert.Equal(4800UL, _reno.CongestionWindow);
    }

    // RFC 9002 §7.8.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_unused_window_does_not_grow(int algorithm)
    {
        var controller = new CongestionSettings { Algorithm = (CongestionAlgorithm)algorithm }.CreateController();
        controller.OnPacketsAcked(new AckedPackets(5000, _now, Ms(50), Ms(50), WindowLimited: false, _now));
        Assert.Equal(12_000UL, controller.CongestionWindow);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_window_has_a_maximum(int algorithm)
    {
        var controller = new CongestionSettings { Algorithm = (CongestionAlgorithm)algorithm, MaxWindowPackets = 100 }.CreateController();
        for (var i = 0; i < 100; i++)
            controller.OnPacketsAcked(new AckedPackets(1 << 30, _now, Ms(50), Ms(50), true, _now));
        Assert.Equal(120_000UL, controller.CongestionWindow);
    }

    // RFC 9002 §7.8, seen from the whole: a sender that keeps one packet in flight never raises its window.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_trickle_does_not_grow_the_window(int algorithm)
    {
        var s = new RecoveryScenario((CongestionAlgorithm)algorithm);
        for (var i = 0; i < 1000; i++)
        {
            var number = s.Send();
            s.After(20);
            s.Ack(number);
        }

        Assert.Equal(12_000UL, s.Recovery.CongestionWindow);
    }

    // A full window some round trips ago does not excuse a trickle that never lets the flight run dry.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_trickle_after_a_full_window_does_not_grow_it_further(int algorithm)
    {
        var s = new RecoveryScenario((CongestionAlgorithm)algorithm);
        s.SendMany(10);
        s.After(20);
        s.AckSpan(0, 8);
        for (ulong number = 9; number < 20; number++)
        {
            s.Send();
            s.After(20);
            s.Ack(number);
        }

        var window = s.Recovery.CongestionWindow;
        for (ulong number = 20; number < 200; number++)
        {
            s.Send();
            s.After(20);
            s.Ack(number);
        }

        Assert.Equal(window, s.Recovery.CongestionWindow);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_full_window_doubles_each_round_trip(int algorithm)
    {
        var s = new RecoveryScenario((CongestionAlgorithm)algorithm);
        for (var expected = 12_000UL; expected < 1_000_000; expected *= 2)
        {
            Assert.Equal(expected, s.Recovery.CongestionWindow);
            var first = s.Recovery.NextPacketNumber(App);
            while (s.Recovery.CanSend(1200))
                s.Send();
            s.After(20);
            for (var number = first; number < s.Recovery.NextPacketNumber(App); number += 2)
                s.AckSpan(number, number + 1);
        }
    }

    // RFC 9002 §7.3.2: what was in flight when recovery began does not grow the window.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Acknowledgements_of_the_lossy_flight_do_not_grow_the_window(int algorithm)
    {
        var s = new RecoveryScenario((CongestionAlgorithm)algorithm);
        s.SendMany(10);
        s.After(50);
        s.Ack(3);
        var reduced = s.Recovery.CongestionWindow;
        Assert.True(reduced < 12_000);
        for (ulong number = 4; number < 10; number++)
            s.Ack(number);
        Assert.Equal(reduced, s.Recovery.CongestionWindow);
    }

    private void Ack(ulong bytes) => _reno.OnPacketsAcked(new AckedPackets(bytes, _now, Ms(50), Ms(50), true, _now));
}
