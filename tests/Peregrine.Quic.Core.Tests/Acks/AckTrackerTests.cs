using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class AckTrackerTests
{
    private readonly AckTracker _acks = new(App);
    private Instant _now = new(7_000_000_000);

    // RFC 9000 §13.2.1.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Handshake_packets_are_acknowledged_at_once(int space)
    {
        var acks = new AckTracker((PacketNumberSpace)space);
        acks.OnPacketReceived(0, true, EcnCodepoint.NotEct, _now);
        Assert.True(acks.ShouldSendNow(_now));
        Assert.True(acks.Deadline.IsNever);
    }

    // RFC 9000 §13.2.2.
    [Fact]
    public void Every_second_packet_is_acknowledged()
    {
        for (ulong number = 0; number < 20; number += 2)
        {
            Receive(number);
            Assert.False(_acks.ShouldSendNow(_now));
            Receive(number + 1);
            Assert.True(_acks.ShouldSendNow(_now));
            Write();
            Assert.False(_acks.ShouldSendNow(_now));
            Assert.False(_acks.HasUnsent);
        }

        Assert.Equal(10UL, _acks.AcksWritten);
    }

    [Fact]
    public void The_threshold_may_be_raised()
    {
        _acks.AckElicitingThreshold = 10;
        for (ulong number = 0; number < 9; number++)
            Receive(number);
        Assert.False(_acks.ShouldSendNow(_now));
        Receive(9);
        Assert.True(_acks.ShouldSendNow(_now));
    }

    // RFC 9000 §13.2.1: within max_ack_delay.
    [Fact]
    public void A_lonely_packet_waits_for_the_delay_and_no_longer()
    {
        Receive(0);
        Assert.Equal(_now + Ms(25), _acks.Deadline);
        Assert.True(_acks.HasUnsent);
        _now += Ms(24.999);
        Assert.False(_acks.ShouldSendNow(_now));
        _now += Ms(0.001);
        Assert.True(_acks.ShouldSendNow(_now));
        Write();
        Assert.True(_acks.Deadline.IsNever);
    }

    [Fact]
    public void The_delay_runs_from_the_first_packet()
    {
        _acks.AckElicitingThreshold = 100;
        Receive(0);
        var due = _acks.Deadline;
        _now += Ms(10);
        Receive(1);
        Assert.Equal(due, _acks.Deadline);
    }

    // RFC 9000 §13.2.1: reordered, or after a gap.
    [Theory]
    [InlineData(new[] { 0, 1, 3 }, true)]
    [InlineData(new[] { 0, 1, 3, 4 }, false)]
    [InlineData(new[] { 0, 1, 3, 4, 2 }, true)]
    [InlineData(new[] { 0, 1, 2 }, false)]
    [InlineData(new[] { 3 }, true)]
    public void Gaps_and_reordering_are_told_at_once(int[] numbers, bool atOnce)
    {
        _acks.AckElicitingThreshold = 100;
        foreach (var number in numbers)
        {
            if (_acks.ShouldSendNow(_now))
                Write();
            Receive((ulong)number);
        }

        Assert.Equal(atOnce, _acks.ShouldSendNow(_now));
    }

    // RFC 9000 §13.2.1: "missing packets between that packet and this packet", whatever else came in between.
    [Fact]
    public void A_packet_that_elicits_no_ack_does_not_hide_a_gap()
    {
        _acks.AckElicitingThreshold = 100;
        Receive(0);
        Receive(2, eliciting: false);
        Assert.False(_acks.ShouldSendNow(_now));
        Receive(3);
        Assert.True(_acks.ShouldSendNow(_now));
    }

    [Fact]
    public void Congestion_is_told_at_once()
    {
        _acks.AckElicitingThreshold = 100;
        Receive(0, ecn: EcnCodepoint.Ect0);
        Assert.False(_acks.ShouldSendNow(_now));
        Receive(1, ecn: EcnCodepoint.Ce);
        Assert.True(_acks.ShouldSendNow(_now));
    }

    // RFC 9000 §13.2.1: no ACK in response to packets that elicit none.
    [Fact]
    public void Acks_are_not_acknowledged_by_themselves()
    {
        for (ulong number = 0; number < 100; number++)
        {
            Receive(number, eliciting: false);
            Assert.False(_acks.ShouldSendNow(_now));
            Assert.True(_acks.Deadline.IsNever);
        }

        // But they may ride along once there are many.
        Assert.True(_acks.HasUnsent);
        Assert.Equal("99..0", Write().Ranges);
        Assert.False(_acks.HasUnsent);
    }

    [Fact]
    public void Ranges_are_written_newest_first()
    {
        foreach (var number in (ulong[])[0, 1, 2, 5, 7, 8, 20])
            Receive(number);
        Assert.Equal("20..20 8..7 5..5 2..0", Write().Ranges);
    }

    [Fact]
    public void What_does_not_fit_is_left_out_at_the_low_end()
    {
        for (ulong number = 0; number < 40; number += 2)
            Receive(number);
        var full = Write();
        Assert.Equal(20, full.Count);
        var cut = Write(room: 15);
        Assert.Equal(6, cut.Count);
        Assert.StartsWith("38..38 36..36 ", cut.Ranges, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_room_nothing_is_written_and_nothing_forgotten()
    {
        Receive(0);
        Receive(1);
        var builder = new PacketBuilder(new byte[4], new SentFrame[4]);
        _acks.WriteFrame(ref builder, _now, 3);
        Assert.True(builder.IsEmpty);
        Assert.True(_acks.ShouldSendNow(_now));

        builder = new PacketBuilder(new byte[400], []);
        _acks.WriteFrame(ref builder, _now, 3);
        Assert.True(builder.IsEmpty);
        Assert.True(_acks.ShouldSendNow(_now));
    }

    [Fact]
    public void Nothing_received_writes_nothing()
    {
        var builder = new PacketBuilder(new byte[400], new SentFrame[4]);
        _acks.WriteFrame(ref builder, _now, 3);
        Assert.True(builder.IsEmpty);
        Assert.Null(_acks.LargestReceived);
    }

    [Fact]
    public void The_frame_is_remembered_and_elicits_no_ack()
    {
        Receive(41);
        var builder = new PacketBuilder(new byte[400], new SentFrame[4]);
        _acks.WriteFrame(ref builder, _now, 3);
        Assert.Equal(new SentFrame(SentFrameKind.Ack, Offset: 41), Assert.Single(builder.Frames.ToArray()));
        Assert.False(builder.IsAckEliciting);
    }

    // RFC 9000 §13.2.5: in microseconds, scaled by the exponent we announced.
    [Theory]
    [InlineData(3, 8.0, 1000)]
    [InlineData(0, 8.0, 8000)]
    [InlineData(20, 8.0, 0)]
    [InlineData(3, 0.0, 0)]
    public void The_delay_is_that_of_the_largest(int exponent, double milliseconds, int expected)
    {
        Receive(5);
        _now += Ms(milliseconds);
        Receive(4);
        Assert.Equal((ulong)expected, Write(exponent).Delay);
    }

    [Fact]
    public void An_endless_delay_stays_a_var_int()
    {
        var acks = new AckTracker(App);
        acks.OnPacketReceived(0, true, EcnCodepoint.NotEct, new Instant(long.MinValue));
        var builder = new PacketBuilder(new byte[400], new SentFrame[4]);
        acks.WriteFrame(ref builder, Instant.Never, 0);
        Assert.False(builder.IsEmpty);
    }

    // RFC 9000 §13.4.1.
    [Fact]
    public void Codepoints_are_counted_and_reported()
    {
        Receive(0);
        Assert.Null(Write().Ecn);
        Receive(1, ecn: EcnCodepoint.Ect0);
        Receive(2, ecn: EcnCodepoint.Ect0);
        Receive(3, ecn: EcnCodepoint.Ect1);
        Receive(4, ecn: EcnCodepoint.Ce);
        Assert.Equal(new EcnCounts(2, 1, 1), Write().Ecn);
        Receive(5);
        Assert.Equal(new EcnCounts(2, 1, 1), Write().Ecn);
    }

    // RFC 9000 §13.2.4.
    [Fact]
    public void Acknowledged_ranges_are_not_reported_again()
    {
        foreach (var number in (ulong[])[0, 1, 2, 5, 7, 8])
            Receive(number);
        _acks.OnAckAcked(5);
        Assert.Equal("8..7", Write().Ranges);
        _acks.OnAckAcked(8);
        Assert.Equal(0, _acks.RangeCount);

        // One that was late is no duplicate, and is reported by itself.
        Assert.True(_acks.IsDuplicate(5));
        Assert.False(_acks.IsDuplicate(4));
        Receive(4);
        Assert.True(_acks.ShouldSendNow(_now));
        var late = Write();
        Assert.Equal("4..4", late.Ranges);
        Assert.Equal(0UL, late.Delay);
        Assert.Equal(8UL, _acks.LargestReceived);
    }

    // RFC 9000 §12.3.
    [Fact]
    public void Duplicates_are_known()
    {
        foreach (var number in (ulong[])[0, 1, 5])
            Receive(number);
        Assert.Equal([true, true, false, false, false, true, false], Enumerable.Range(0, 7).Select(n => _acks.IsDuplicate((ulong)n)));
    }

    // Robustness A4: every second number, a hundred thousand of them.
    [Fact]
    public void A_sparse_flood_stays_at_sixty_four_ranges()
    {
        for (ulong number = 0; number < 200_000; number += 2)
        {
            Receive(number);
            Assert.True(_acks.RangeCount <= 64);
        }

        Assert.Equal(64, Write().Count);

        // What fell out of memory counts as seen: it can never be taken twice.
        Assert.True(_acks.IsDuplicate(0));
        Assert.True(_acks.IsDuplicate(1));
        Assert.False(_acks.IsDuplicate(199_997));
        Assert.True(_acks.IsDuplicate(199_998));
    }

    [Fact]
    public void A_flood_downwards_is_bounded_too()
    {
        for (ulong number = 10_000; number > 0; number -= 2)
        {
            if (!_acks.IsDuplicate(number))
                Receive(number);
            Assert.True(_acks.RangeCount <= 64);
        }

        Assert.True(_acks.IsDuplicate(2));
        Assert.True(_acks.IsDuplicate(10_000));
    }

    [Fact]
    public void The_largest_packet_number_is_taken()
    {
        const ulong Largest = (1UL << 62) - 1;
        Receive(Largest);
        Assert.True(_acks.IsDuplicate(Largest));
        Assert.Equal(Largest + "..", Write().Ranges[..21]);
        _acks.OnAckAcked(Largest);
        Assert.Equal(0, _acks.RangeCount);
    }

    private void Receive(ulong number, bool eliciting = true, EcnCodepoint ecn = EcnCodepoint.NotEct) =>
        _acks.OnPacketReceived(number, eliciting, ecn, _now);

    private Written Write(int exponent = 3, int room = 1000)
    {
        var builder = new PacketBuilder(new byte[room], new SentFrame[4]);
        _acks.WriteFrame(ref builder, _now, exponent);
        return Written.Parse(builder.Writer.Written);
    }

    /// <summary>An ACK frame read by hand, apart from the codec.</summary>
    private sealed record Written(int Count, string Ranges, ulong Delay, EcnCounts? Ecn)
    {
        public static Written Parse(ReadOnlySpan<byte> frame)
        {
            var rest = frame;
            var type = Next(ref rest);
            var largest = Next(ref rest);
            var delay = Next(ref rest);
            var more = Next(ref rest);
            var smallest = largest - Next(ref rest);
            var ranges = new List<string> { $"{largest}..{smallest}" };
            for (ulong i = 0; i < more; i++)
            {
                largest = smallest - Next(ref rest) - 2;
                smallest = largest - Next(ref rest);
                ranges.Add($"{largest}..{smallest}");
            }

            EcnCounts? ecn = type == 3 ? new EcnCounts(Next(ref rest), Next(ref rest), Next(ref rest)) : null;
            Assert.True(rest.IsEmpty);
            return new Written(ranges.Count, string.Join(' ', ranges), delay, ecn);
        }

        private static ulong Next(ref ReadOnlySpan<byte> rest)
        {
            ulong value = (ulong)rest[0] & 0x3f;
            var length = 1 << (rest[0] >> 6);
            for (var i = 1; i < length; i++)
                value = value << 8 | rest[i];
            rest = rest[length..];
            return value;
        }
    }
}
