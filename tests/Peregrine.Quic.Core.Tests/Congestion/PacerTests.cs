using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

// RFC 9002 §7.7.
public class PacerTests
{
    private readonly Pacer _pacer = new();
    private Instant _now = new(1_000_000_000);

    [Fact]
    public void Before_the_first_sample_nothing_is_paced()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(_pacer.CanSend(1200, _now));
            _pacer.OnSent(1200, _now);
        }

        Assert.Equal(_now, _pacer.NextSendTime(1200, _now));
    }

    [Theory]
    [InlineData(false, 1.25)]
    [InlineData(true, 2.0)]
    public void The_rate_is_a_multiple_of_the_window_per_round_trip(bool slowStart, double multiple)
    {
        const ulong Window = 1_200_000;
        _pacer.SetRate(Window, Ms(100), slowStart, 1200, _now);
        Drain();
        var sent = 0L;
        var end = _now + Duration.FromSeconds(10);
        while (_now < end)
        {
            while (_pacer.CanSend(1200, _now))
            {
                _pacer.OnSent(1200, _now);
                sent += 1200;
            }

            var next = _pacer.NextSendTime(1200, _now);
            Assert.True(next >= _now + Ms(1));
            _now = next;
        }

        // A hundred round trips.
        Assert.Equal(100 * Window * multiple, sent, 0.01 * 100 * Window * multiple);
    }

    [Fact]
    public void Next_send_time_is_when_it_may_be_sent()
    {
        _pacer.SetRate(24_000, Ms(300), inSlowStart: false, 1200, _now);
        Drain();
        var next = _pacer.NextSendTime(1200, _now);
        Assert.Equal(12.0, (next - _now).Milliseconds, 0.1);
        Assert.True(_pacer.CanSend(1200, next));
        Drain();
        _now = next;
        Assert.False(_pacer.CanSend(1200, _pacer.NextSendTime(1200, _now) - Ms(0.1)));
    }

    [Theory]
    [InlineData(12_000, 100, 10)]
    [InlineData(12_000_000, 10, 2500)]
    public void A_burst_is_ten_packets_or_two_milliseconds(int window, double rtt, int packets)
    {
        _pacer.SetRate((ulong)window, Ms(rtt), inSlowStart: false, 1200, _now);
        _now += Duration.FromSeconds(60);
        Assert.Equal(packets, Drain(), 0.01 * packets);
    }

    // Timers finer than a millisecond are useless, so such paths are limited by the window alone.
    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0)]
    public void Short_round_trips_are_not_paced(double rtt)
    {
        _pacer.SetRate(12_000, Ms(rtt), inSlowStart: false, 1200, _now);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(_pacer.CanSend(1200, _now));
            _pacer.OnSent(1200, _now);
        }
    }

    [Fact]
    public void A_datagram_beyond_the_burst_still_leaves()
    {
        _pacer.SetRate(12_000, Ms(100), inSlowStart: false, 1200, _now);
        Drain();
        var next = _pacer.NextSendTime(60_000, _now);
        Assert.True(_pacer.CanSend(60_000, next));
    }

    [Theory]
    [InlineData(0UL, 1L)]
    [InlineData(2400UL, long.MaxValue)]
    [InlineData(ulong.MaxValue / 4, 2_000_000L)]
    [InlineData(ulong.MaxValue / 4, long.MaxValue)]
    public void Extremes_are_harmless(ulong window, long rtt)
    {
        _pacer.SetRate(window, new Duration(rtt), true, 65_535, new Instant(long.MinValue));
        _pacer.SetRate(window, new Duration(rtt), true, 65_535, new Instant(long.MaxValue - 1));
        for (var i = 0; i < 20_000 && _pacer.CanSend(65_535, _now); i++)
            _pacer.OnSent(65_535, _now);
        Assert.True(_pacer.NextSendTime(65_535, _now) >= _now);
        Assert.False(_pacer.NextSendTime(65_535, _now).IsNever);
    }

    // Seen from the whole: the first window leaves at once, later ones are spread.
    [Fact]
    public void The_first_window_is_sent_at_once_and_later_ones_are_spread()
    {
        var s = new RecoveryScenario();
        while (s.Recovery.CanSend(1200))
        {
            Assert.Equal(s.Now, s.Recovery.PacingTime(s.Now));
            s.Send();
        }

        Assert.Equal(12_000UL, s.Recovery.BytesInFlight);
        s.After(100);
        s.AckSpan(0, 9);
        var sent = 0;
        while (s.Recovery.CanSend(1200) && s.Recovery.PacingTime(s.Now) == s.Now)
        {
            s.Send();
            sent++;
        }

        Assert.Equal(10, sent);
        Assert.True(s.Recovery.CanSend(1200));
        Assert.True(s.Recovery.PacingTime(s.Now) >= s.Now + Ms(1));
        Assert.False(s.Recovery.PacingTime(s.Now).IsNever);
    }

    private int Drain()
    {
        var count = 0;
        while (_pacer.CanSend(1200, _now))
        {
            _pacer.OnSent(1200, _now);
            count++;
        }

        return count;
    }
}
