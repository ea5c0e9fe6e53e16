using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class ProbeTimeoutTests
{
    // RFC 9002 §6.2.1, §6.2.2: smoothed_rtt + max(4 * rttvar, kGranularity), 333 + 4 * 166.5 before a sample.
    [Fact]
    public void First_timeout_uses_the_initial_round_trip()
    {
        var s = new RecoveryScenario(isServer: false, confirmed: false);
        s.Send(Initial);
        Assert.Equal(s.Now + Ms(999), s.Recovery.NextTimeout);
    }

    [Fact]
    public void Application_timeout_adds_the_peers_delay()
    {
        var s = new RecoveryScenario();
        s.Recovery.PeerMaxAckDelay = Ms(40);
        s.Send();
        s.After(100);
        s.Ack(0);
        var sent = s.Now;
        s.Send();
        Assert.Equal(sent + Ms(100 + 4 * 50 + 40), s.Recovery.NextTimeout);
        Assert.Equal(Ms(340), s.Recovery.Pto(App));
        Assert.Equal(Ms(340), s.Recovery.PtoForClosing);
        Assert.Equal(Ms(300), s.Recovery.Pto(Handshake));
    }

    // RFC 9002 §6.2.1: restarted by every ack-eliciting packet.
    [Fact]
    public void Timer_restarts_with_each_packet()
    {
        var s = new RecoveryScenario();
        s.Send();
        var first = s.Recovery.NextTimeout;
        s.After(50);
        s.Send();
        Assert.Equal(first + Ms(50), s.Recovery.NextTimeout);
        s.After(50);
        s.SendAckOnly();
        Assert.Equal(first + Ms(50), s.Recovery.NextTimeout);
    }

    // RFC 9002 §6.2.4: up to two datagrams, and the packets are not lost by it.
    [Fact]
    public void Timeout_grants_two_probes_and_resends_the_oldest()
    {
        var s = new RecoveryScenario();
        s.SendMany(5);
        s.FireTimer();
        Assert.Equal(2, s.Recovery.ProbesPending(App));
        Assert.Equal([0UL, 1UL], s.LostIds);
        Assert.Equal(0UL, s.Recovery.PacketsLost);
        Assert.Equal(5 * 1200UL, s.Recovery.BytesInFlight);
        Assert.Equal(2, s.TakeProbes(App));
        Assert.False(s.Recovery.TryTakeProbe(out _));

        s.FireTimer();
        Assert.Equal([0UL, 1UL, 2UL, 3UL], s.LostIds);
    }

    [Fact]
    public void A_resent_packet_is_not_heard_of_again()
    {
        var s = new RecoveryScenario();
        s.SendMany(2);
        s.FireTimer();
        s.After(10);
        s.AckSpan(0, 1);
        Assert.Equal([0UL, 1UL], s.LostIds);
        Assert.Empty(s.Acked);
        Assert.Equal(0UL, s.Recovery.BytesInFlight);
    }

    // RFC 9221 §5.2: datagrams are not retransmitted, so a probe leaves their fate open.
    [Fact]
    public void Datagrams_await_their_own_fate()
    {
        var s = new RecoveryScenario();
        s.Send(kind: SentFrameKind.Datagram);
        s.FireTimer();
        Assert.Empty(s.Lost);
        Assert.Equal(2, s.Recovery.ProbesPending(App));
        s.After(5);
        s.Ack(0);
        Assert.Equal([0UL], s.AckedIds);
    }

    // RFC 9002 §6.2.1: doubled for each timeout in a row; robustness V3: to a minute at most.
    [Fact]
    public void Backoff_doubles_and_is_capped()
    {
        var s = new RecoveryScenario(confirmed: true);
        s.Send();
        var expected = 333 + 666 + 25.0;
        for (var i = 0; i < 200; i++)
        {
            var period = s.Recovery.NextTimeout - s.Now;
            Assert.Equal(Ms(Math.Min(expected, 60_000)), period);
            s.FireTimer();
            Assert.Equal(2, s.TakeProbes(App));
            s.Send(kind: SentFrameKind.Ping);
            expected *= 2;
        }

        Assert.Equal(200UL, s.Recovery.ProbeTimeouts);
    }

    [Fact]
    public void A_timeout_without_probes_sent_still_moves_on()
    {
        var s = new RecoveryScenario();
        s.Send();
        for (var i = 0; i < 100; i++)
        {
            s.FireTimer();
            Assert.True(s.Recovery.NextTimeout > s.Now);
        }
    }

    [Fact]
    public void Progress_ends_the_backoff_and_unused_probes()
    {
        var s = new RecoveryScenario();
        s.Send();
        s.FireTimer();
        s.FireTimer();
        Assert.Equal(2, s.Recovery.ProbeTimeoutCount);
        s.Send();
        s.After(20);
        s.Ack(1);
        Assert.Equal(0, s.Recovery.ProbeTimeoutCount);
        Assert.False(s.Recovery.TryTakeProbe(out _));
    }

    // RFC 9002 §6.2.1: not for 1-RTT data before the handshake is confirmed.
    [Fact]
    public void Application_data_has_no_timer_until_the_handshake_is_confirmed()
    {
        var s = new RecoveryScenario(isServer: true, confirmed: false);
        s.Send(App);
        Assert.True(s.Recovery.NextTimeout.IsNever);
        s.Recovery.HandshakeConfirmed = true;
        Assert.False(s.Recovery.NextTimeout.IsNever);
    }

    // RFC 9002 §6.2.4.
    [Fact]
    public void Handshake_spaces_probe_together()
    {
        var s = new RecoveryScenario(isServer: true, confirmed: false);
        s.Send(Initial, kind: SentFrameKind.Crypto);
        s.After(1);
        s.Send(Handshake, kind: SentFrameKind.Crypto);
        s.Send(App);
        s.FireTimer();
        Assert.Equal(2, s.Recovery.ProbesPending(Initial));
        Assert.Equal(2, s.Recovery.ProbesPending(Handshake));
        Assert.Equal(0, s.Recovery.ProbesPending(App));
        Assert.Equal([Initial, Handshake], s.Lost.Select(entry => entry.Space));
        Assert.True(s.Recovery.TryTakeProbe(out var first));
        Assert.Equal(Initial, first);
    }

    // RFC 9002 §6.2.2.1: the client must not wait in silence for a server that waits for it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Client_probes_with_nothing_in_flight(bool hasHandshakeKeys)
    {
        var s = new RecoveryScenario(isServer: false, confirmed: false);
        s.Recovery.HasHandshakeKeys = hasHandshakeKeys;
        s.Send(Initial);
        s.After(100);
        s.AckIn(Initial, Duration.Zero, 0);
        Assert.Equal(s.Now + Ms(300), s.Recovery.NextTimeout);
        s.FireTimer();
        Assert.Equal(1, s.TakeProbes(hasHandshakeKeys ? Handshake : Initial));
        Assert.Equal(s.Now + Ms(600), s.Recovery.NextTimeout);
    }

    [Fact]
    public void Client_keeps_its_backoff_until_the_server_has_validated_it()
    {
        var s = new RecoveryScenario(isServer: false, confirmed: false);
        s.Send(Initial);
        s.FireTimer();
        s.Send(Initial);
        s.After(50);
        s.AckIn(Initial, Duration.Zero, 1);
        Assert.Equal(1, s.Recovery.ProbeTimeoutCount);

        s.Send(Handshake);
        s.After(50);
        Assert.False(s.Recovery.PeerCompletedAddressValidation);
        s.AckIn(Handshake, Duration.Zero, 0);
        Assert.True(s.Recovery.PeerCompletedAddressValidation);
        Assert.Equal(0, s.Recovery.ProbeTimeoutCount);
    }

    [Fact]
    public void Client_is_at_rest_once_the_server_has_validated_it()
    {
        var s = new RecoveryScenario(isServer: false, confirmed: false);
        s.Send(Handshake);
        s.After(50);
        s.AckIn(Handshake, Duration.Zero, 0);
        Assert.True(s.Recovery.NextTimeout.IsNever);
    }

    // RFC 9002 §6.2.2.1.
    [Fact]
    public void Server_at_its_amplification_limit_has_no_timer()
    {
        var s = new RecoveryScenario(isServer: true, confirmed: false);
        s.Send(Initial);
        var due = s.Recovery.NextTimeout;
        s.Recovery.AtAntiAmplificationLimit = true;
        Assert.True(s.Recovery.NextTimeout.IsNever);
        s.After(5000);
        s.Recovery.OnTimeout(s.Now);
        Assert.Equal(0, s.Recovery.ProbesPending(Initial));

        s.Recovery.AtAntiAmplificationLimit = false;
        Assert.Equal(due, s.Recovery.NextTimeout);
        s.Recovery.OnTimeout(s.Now);
        Assert.Equal(2, s.Recovery.ProbesPending(Initial));
    }

    [Fact]
    public void Discarding_a_space_ends_its_probes_and_backoff()
    {
        var s = new RecoveryScenario(isServer: true, confirmed: false);
        s.Send(Initial);
        s.FireTimer();
        s.Discard(Initial);
        Assert.Equal(0, s.Recovery.ProbesPending(Initial));
        Assert.Equal(0, s.Recovery.ProbeTimeoutCount);
        Assert.True(s.Recovery.NextTimeout.IsNever);
    }

    // RFC 9002 §6.2.1: no probe while a loss timer runs.
    [Fact]
    public void Loss_timer_goes_before_the_probe_timer()
    {
        var s = new RecoveryScenario();
        s.SendMany(2);
        s.After(100);
        s.Ack(1);
        s.FireTimer();
        Assert.Equal(0UL, s.Recovery.ProbeTimeouts);
        Assert.Equal(1UL, s.Recovery.PacketsLost);
    }
}
