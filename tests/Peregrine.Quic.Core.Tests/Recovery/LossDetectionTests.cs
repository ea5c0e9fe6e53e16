using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class LossDetectionTests
{
    private readonly RecoveryScenario _s = new();

    // RFC 9002 §6.1.1: kPacketThreshold = 3.
    [Fact]
    public void Packet_is_lost_when_one_three_later_is_acknowledged()
    {
        _s.SendMany(5);
        _s.After(10);
        _s.Ack(2);
        Assert.Empty(_s.Lost);
        _s.Ack(3);
        Assert.Equal([0UL], _s.LostIds);
        _s.Ack(4);
        Assert.Equal([0UL, 1UL], _s.LostIds);
        Assert.Equal([2UL, 3UL, 4UL], _s.AckedIds);
        Assert.Equal(0UL, _s.Recovery.BytesInFlight);
        Assert.Equal(2UL, _s.Recovery.PacketsLost);
    }

    // RFC 9002 §6.1.2: max(9/8 * max(smoothed_rtt, latest_rtt), kGranularity) after it was sent.
    [Fact]
    public void Packet_is_lost_nine_eighths_of_a_round_trip_after_it_was_sent()
    {
        _s.Send();
        var sent = _s.Now;
        _s.Send();
        _s.After(80);
        _s.Ack(1);
        Assert.Equal(sent + Ms(90), _s.Recovery.NextTimeout);

        _s.Now = sent + Ms(89.999);
        _s.Recovery.OnTimeout(_s.Now);
        Assert.Empty(_s.Lost);

        _s.FireTimer();
        Assert.Equal([0UL], _s.LostIds);
        Assert.True(_s.Recovery.NextTimeout.IsNever);
        Assert.Equal(0UL, _s.Recovery.ProbeTimeouts);
    }

    [Fact]
    public void Time_threshold_is_at_least_the_granularity()
    {
        _s.SendMany(2);
        var sent = _s.Now;
        _s.After(0.1);
        _s.Ack(1);
        Assert.Equal(sent + Ms(1), _s.Recovery.NextTimeout);
    }

    [Fact]
    public void Old_packet_is_lost_at_once_when_its_time_has_passed()
    {
        _s.Send();
        _s.After(500);
        _s.Send();
        _s.After(10);
        _s.Ack(1);
        Assert.Equal([0UL], _s.LostIds);
    }

    [Fact]
    public void Loss_timer_waits_for_the_oldest_packet_in_flight_only()
    {
        _s.SendAckOnly();
        _s.After(1);
        var first = _s.Now;
        _s.Send();
        _s.After(1);
        _s.Send();
        _s.After(80);
        _s.Ack(2);
        Assert.Equal(first + Ms(90), _s.Recovery.NextTimeout);
    }

    [Fact]
    public void Nothing_is_lost_before_an_acknowledgement()
    {
        _s.SendMany(10);
        _s.After(10_000);
        Assert.Empty(_s.Lost);
        Assert.Equal(10, _s.Recovery.PacketsInFlight);
    }

    [Fact]
    public void Acknowledging_a_lost_packet_is_spurious_and_tells_nobody_twice()
    {
        _s.SendMany(5);
        _s.After(10);
        _s.Ack(3);
        Assert.Equal([0UL], _s.LostIds);
        _s.Ack(0, 3);
        _s.Ack(0, 3);
        Assert.Equal(1UL, _s.Recovery.SpuriousLosses);
        Assert.Equal([3UL], _s.AckedIds);
        Assert.Equal(3 * 1200UL, _s.Recovery.BytesInFlight);
    }

    [Fact]
    public void Repeated_ranges_are_heard_once()
    {
        _s.SendMany(4);
        _s.After(10);
        _s.AckSpan(0, 2);
        _s.AckSpan(0, 2);
        _s.AckSpan(0, 3);
        Assert.Equal([0UL, 1UL, 2UL, 3UL], _s.AckedIds.Order());
    }

    [Fact]
    public void Spaces_are_separate()
    {
        var s = new RecoveryScenario(isServer: false, confirmed: false);
        s.SendMany(4, Initial);
        s.SendMany(4, Handshake);
        s.After(10);
        s.AckIn(Handshake, Duration.Zero, 3);
        Assert.All(s.Lost, entry => Assert.Equal(Handshake, entry.Space));
        Assert.Single(s.Lost);
        Assert.Null(s.Recovery.LargestAcked(Initial));
        Assert.Equal(3UL, s.Recovery.LargestAcked(Handshake));
    }

    // RFC 9002 §6.4.
    [Fact]
    public void Discarding_a_space_takes_its_bytes_out_of_the_flight_silently()
    {
        var s = new RecoveryScenario(isServer: false, confirmed: false);
        s.SendMany(3, Initial);
        s.SendMany(2, Handshake);
        s.After(1);
        s.Discard(Initial);
        Assert.Equal(2400UL, s.Recovery.BytesInFlight);
        Assert.Empty(s.Lost);
        Assert.Null(s.AckIn(Initial, Duration.Zero, 2));
        Assert.Empty(s.Acked);
        Assert.Equal(2400UL, s.Recovery.BytesInFlight);
        s.Discard(Initial);
        Assert.Equal(0UL, s.Recovery.PacketsLost);
    }

    // RFC 9002 §6.3, RFC 9000 §17.2.5.3.
    [Fact]
    public void Retry_sends_everything_again_under_new_numbers()
    {
        var s = new RecoveryScenario(isServer: false, confirmed: false);
        s.SendMany(2, Initial);
        s.SendMany(1, App);
        var window = s.Recovery.CongestionWindow;
        s.Recovery.ResetForRetry(s.Now);
        Assert.Equal(3, s.Lost.Count);
        Assert.Equal(0UL, s.Recovery.BytesInFlight);
        Assert.Equal(0UL, s.Recovery.PacketsLost);
        Assert.Equal(window, s.Recovery.CongestionWindow);
        Assert.Equal(2UL, s.Recovery.NextPacketNumber(Initial));
    }

    // RFC 9000 §9.4.
    [Fact]
    public void A_new_path_starts_over_and_ignores_times_of_the_old()
    {
        _s.SendMany(3);
        _s.After(500);
        _s.Ack(0);
        var grown = _s.Recovery.CongestionWindow;
        _s.After(1);
        _s.Recovery.ResetForNewPath(1400, _s.Now);
        Assert.Equal(14_000UL, _s.Recovery.CongestionWindow);
        Assert.NotEqual(grown, _s.Recovery.CongestionWindow);
        Assert.Equal(_s.Settings.InitialRtt, _s.Recovery.SmoothedRtt);
        _s.After(10);
        _s.Ack(2);
        Assert.False(_s.Recovery.Rtt.HasSample);
        Assert.Equal(14_000UL, _s.Recovery.CongestionWindow);
    }
}
