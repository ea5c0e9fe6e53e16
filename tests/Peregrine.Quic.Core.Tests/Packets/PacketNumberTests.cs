using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

// RFC 9000 Appendix A.2 and A.3
public sealed class PacketNumberTests
{
    [Theory]
    [InlineData(0xac5c02UL, 0xabe8b3UL, 2)]
    [InlineData(0xace8feUL, 0xabe8b3UL, 3)]
    [InlineData(128UL, 0UL, 1)]
    [InlineData(129UL, 0UL, 2)]
    [InlineData(32768UL, 0UL, 2)]
    [InlineData(32769UL, 0UL, 3)]
    [InlineData(8388608UL, 0UL, 3)]
    [InlineData(8388609UL, 0UL, 4)]
    [InlineData(FrameCase.Max, FrameCase.Max - 1, 1)]
    public void The_length_covers_twice_the_numbers_in_flight(ulong number, ulong largestAcknowledged, int length) =>
        Assert.Equal(length, PacketNumber.EncodedLength(number, largestAcknowledged));

    [Theory]
    [InlineData(0UL, 1)]
    [InlineData(127UL, 1)]
    [InlineData(128UL, 2)]
    public void Before_any_acknowledgement_all_numbers_are_in_flight(ulong number, int length) =>
        Assert.Equal(length, PacketNumber.EncodedLength(number, null));

    [Theory]
    [InlineData(0xa82f30eaUL, 0x9b32u, 2, 0xa82f9b32UL)]
    [InlineData(0xffUL, 0x00u, 1, 0x100UL)]
    [InlineData(0x100UL, 0xffu, 1, 0xffUL)]
    [InlineData(FrameCase.Max - 1, 0xffu, 1, FrameCase.Max)]
    [InlineData(FrameCase.Max - 1, 0x00u, 1, FrameCase.Max - 0xff)]
    public void The_nearest_number_is_meant(ulong largest, uint truncated, int length, ulong number) =>
        Assert.Equal(number, PacketNumber.Decode(largest + 1, truncated, length));

    [Theory]
    [InlineData(1000UL)]
    [InlineData(1023UL)]
    [InlineData(1024UL)]
    [InlineData(FrameCase.Max - 500)]
    public void Half_a_window_to_either_side_is_told_apart(ulong expected)
    {
        for (var number = expected - 127; number <= expected + 128; number++)
            Assert.Equal(number, PacketNumber.Decode(expected, (uint)(number % 256), 1));
        Assert.Equal(expected + 128, PacketNumber.Decode(expected, (uint)((expected - 128) % 256), 1));
        Assert.Equal(expected - 127, PacketNumber.Decode(expected, (uint)((expected + 129) % 256), 1));
    }

    [Fact]
    public void At_the_beginning_nothing_falls_below_zero()
    {
        for (uint truncated = 0; truncated < 256; truncated++)
            Assert.Equal(truncated, PacketNumber.Decode(0, truncated, 1));
    }

    [Fact]
    public void Every_number_comes_back_whatever_was_acknowledged_and_received()
    {
        var random = new Random(62);
        for (var i = 0; i < 100_000; i++)
        {
            var acknowledged = (ulong)random.NextInt64(0, 1L << random.Next(1, 62));
            var number = acknowledged + (ulong)random.NextInt64(1, 1L << random.Next(1, 31));
            if (number > FrameCase.Max)
                continue;

            // The peer has processed something from the acknowledged number up to the one before this.
            var expected = acknowledged + 1 + (ulong)random.NextInt64(0, (long)(number - acknowledged));
            var length = PacketNumber.EncodedLength(number, acknowledged);
            var bytes = new byte[4];
            var writer = new SpanWriter(bytes);
            PacketNumber.Write(ref writer, number, length);
            uint truncated = 0;
            foreach (var b in writer.Written)
                truncated = (truncated * 256) + b;
            Assert.Equal(number, PacketNumber.Decode(expected, truncated, length));
        }
    }
}
