using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class PacketNumberingTests
{
    private readonly RecoveryScenario _s = new(isServer: true, confirmed: false);

    // RFC 9000 §13.1 (robustness A1).
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData((1L << 62) - 1)]
    public void Acknowledging_what_was_never_sent_is_a_violation(long number)
    {
        _s.SendMany(5);
        var fault = _s.Ack((ulong)number);
        Assert.NotNull(fault);
        Assert.Equal((ulong)TransportErrorCode.ProtocolViolation, fault.Code);
        Assert.Equal(FrameType.Ack, fault.FrameType);
        Assert.Equal(ErrorBlame.PeerTransport, fault.Blame);
        Assert.Empty(_s.Acked);
    }

    [Fact]
    public void Acknowledging_the_largest_sent_is_fine()
    {
        _s.SendMany(5);
        Assert.Null(_s.Ack(4));
    }

    // Robustness A1: numbers of one space mean nothing in another.
    [Fact]
    public void An_ack_in_the_wrong_space_is_a_violation()
    {
        _s.SendMany(3, Initial);
        Assert.NotNull(_s.AckIn(Handshake, Duration.Zero, 0));
        Assert.NotNull(_s.AckIn(App, Duration.Zero, 2));
        Assert.Null(_s.AckIn(Initial, Duration.Zero, 2));
    }

    // RFC 9000 §21.4 (robustness A2).
    [Theory]
    [InlineData(4, 6)]
    [InlineData(5, 5)]
    [InlineData(0, 9)]
    [InlineData(0, 5)]
    public void Acknowledging_a_number_that_was_left_out_is_a_violation(int first, int last)
    {
        _s.SendMany(5);
        _s.Recovery.SkipPacketNumber(App, _s.Now);
        _s.SendMany(4);
        Assert.NotNull(_s.AckSpan((ulong)first, (ulong)last));
    }

    [Fact]
    public void A_number_that_was_left_out_is_remembered_when_all_around_it_is_acknowledged()
    {
        _s.SendMany(5);
        _s.Recovery.SkipPacketNumber(App, _s.Now);
        _s.SendMany(4);
        _s.After(1);
        Assert.Null(_s.Ack(0, 1, 2, 3, 4, 6, 7, 8, 9));
        Assert.Equal(0UL, _s.Recovery.BytesInFlight);
        Assert.Equal(0UL, _s.Recovery.PacketsLost);
        Assert.NotNull(_s.AckSpan(0, 9));
    }

    [Fact]
    public void Numbers_rise_and_are_taken_only_by_sending()
    {
        Assert.Equal(0UL, _s.Recovery.NextPacketNumber(App));
        Assert.Equal(0UL, _s.Recovery.NextPacketNumber(App));
        _s.Send();
        Assert.Equal(1UL, _s.Recovery.NextPacketNumber(App));
        Assert.Equal(0UL, _s.Recovery.NextPacketNumber(Handshake));
    }

    // RFC 9000 §17.1, Appendix A.2: the range must be more than twice what is unacknowledged.
    [Theory]
    [InlineData(-1, 0, 1)]
    [InlineData(-1, 126, 1)]
    [InlineData(-1, 127, 1)]
    [InlineData(-1, 128, 2)]
    [InlineData(0, 128, 1)]
    [InlineData(0, 129, 2)]
    [InlineData(1000, 1128, 1)]
    [InlineData(1000, 1129, 2)]
    [InlineData(0, 32_767, 2)]
    public void Packet_number_length_covers_what_is_unacknowledged(int largestAcked, int next, int length)
    {
        for (var i = 0; i < next; i++)
        {
            _s.Send(bytes: 20);
            if (i == largestAcked)
                Assert.Null(_s.Ack((ulong)i));
        }

        Assert.Equal(length, _s.Recovery.PacketNumberLength(App));
    }
}
