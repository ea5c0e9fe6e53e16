using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class AckFrameTests
{
    // Robustness V4
    [Theory]
    [InlineData(FrameCase.Max)]
    [InlineData(1UL << 32)]
    [InlineData(3UL)]
    public void A_range_count_that_lies_costs_nothing(ulong count)
    {
        var bytes = FrameBytes.Of(100UL, 0UL, count, 0UL, 0UL, 0UL, 0UL, 0UL);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new SpanReader(bytes);
        var read = AckFrame.TryRead(ref reader, FrameType.Ack, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.False(read);
    }

    // Robustness V4: the ECN counts belong to the frame, so that the next frame is found.
    [Fact]
    public void An_ACK_with_ECN_counts_ends_where_the_next_frame_begins()
    {
        var reader = new SpanReader(FrameBytes.Of(10UL, 3UL, 0UL, 2UL, 7UL, 8UL, 9UL, 0x10UL, 77UL));
        Assert.True(AckFrame.TryRead(ref reader, FrameType.AckEcn, out var frame));
        Assert.Equal(new EcnCounts(Ect0: 7, Ect1: 8, Ce: 9), frame.Ecn);
        Assert.True(FrameHeader.TryRead(ref reader, out var next, out _));
        Assert.Equal(FrameType.MaxData, next);
        Assert.True(MaxDataFrame.TryRead(ref reader, out var maxData));
        Assert.Equal(77UL, maxData.MaximumData);
    }

    // RFC 9000 §19.3.1
    [Theory]
    [InlineData(10UL, 11UL, 0UL, 0UL, false)]
    [InlineData(10UL, 10UL, 0UL, 0UL, false)]
    [InlineData(10UL, 8UL, 0UL, 0UL, true)]
    [InlineData(10UL, 8UL, 1UL, 0UL, false)]
    [InlineData(10UL, 7UL, 1UL, 0UL, true)]
    [InlineData(10UL, 7UL, 0UL, 1UL, true)]
    [InlineData(10UL, 7UL, 0UL, 2UL, false)]
    [InlineData(10UL, 7UL, FrameCase.Max, 0UL, false)]
    public void Ranges_never_fall_below_zero(ulong largest, ulong first, ulong gap, ulong length, bool valid)
    {
        var reader = new SpanReader(FrameBytes.Of(largest, 0UL, 1UL, first, gap, length));
        Assert.Equal(valid, AckFrame.TryRead(ref reader, FrameType.Ack, out _));
    }

    [Fact]
    public void Ranges_come_largest_first()
    {
        // 50..60, a gap of 3 unacknowledged, 40..46, a gap of 1, 38..38
        var reader = new SpanReader(FrameBytes.Of(60UL, 0UL, 2UL, 10UL, 2UL, 6UL, 0UL, 0UL));
        Assert.True(AckFrame.TryRead(ref reader, FrameType.Ack, out var frame));
        var ranges = new List<AckRange>();
        foreach (var range in frame.Ranges)
            ranges.Add(range);
        Assert.Equal([new(50, 60), new(40, 46), new(38, 38)], ranges);
        Assert.Equal(60UL, frame.LargestAcknowledged);
    }

    [Fact]
    public void Reading_and_walking_an_ACK_allocates_nothing()
    {
        var set = new RangeSet();
        for (ulong i = 0; i < 64; i++)
            set.Add(i * 3);
        var bytes = new byte[400];
        var writer = new SpanWriter(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(AckFrame.TryWrite(ref writer, set.Ranges, 5, new EcnCounts(1, 2, 3)));
        var reader = new SpanReader(bytes.AsSpan(1));
        Assert.True(AckFrame.TryRead(ref reader, FrameType.AckEcn, out var frame));
        ulong count = 0;
        foreach (var range in frame.Ranges)
            count += range.Largest - range.Smallest + 1;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(64UL, count);
    }

    [Fact]
    public void Whatever_the_room_the_highest_ranges_are_written_and_the_rest_left_out()
    {
        var set = new RangeSet();
        for (ulong i = 0; i < 100; i++)
            set.Add(i * 1000, (i * 1000) + 1 + i);

        var buffer = new byte[1000];
        var full = new SpanWriter(buffer);
        Assert.True(AckFrame.TryWrite(ref full, set.Ranges, 7, null));
        var lastCount = -1;
        for (var room = 0; room <= full.Position; room++)
        {
            var writer = new SpanWriter(buffer.AsSpan(0, room));
            if (!AckFrame.TryWrite(ref writer, set.Ranges, 7, null))
            {
                Assert.Equal(0, writer.Position);
                Assert.Equal(-1, lastCount);
                continue;
            }

            var reader = new SpanReader(writer.Written[1..]);
            Assert.True(AckFrame.TryRead(ref reader, FrameType.Ack, out var frame));
            Assert.True(reader.IsAtEnd);
            Assert.True(frame.Ranges.Count >= lastCount);
            lastCount = frame.Ranges.Count;
            var expected = set.Count - 1;
            foreach (var range in frame.Ranges)
            {
                Assert.Equal(set[expected], new Range64(range.Smallest, range.Largest + 1));
                expected--;
            }
        }

        Assert.Equal(set.Count, lastCount);
    }
}
