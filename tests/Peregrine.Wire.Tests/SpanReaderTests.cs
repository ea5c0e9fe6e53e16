namespace Peregrine.Wire.Tests;

public sealed class SpanReaderTests
{
    private static readonly byte[] Bytes =
    [
        0x01, 0x40, 0x25, 0x12, 0x34, 0xab, 0xcd, 0xef, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0x02, 0xaa, 0xbb,
    ];

    [Fact]
    public void Fields_are_read_one_after_another()
    {
        var reader = new SpanReader(Bytes);
        Assert.True(reader.TryPeekByte(out var peeked) && peeked == 1 && reader.Position == 0);
        Assert.True(reader.TryReadByte(out var one) && one == 1);
        Assert.True(reader.TryReadVarInt(out var varInt) && varInt == 37);
        Assert.True(reader.TryReadUInt16(out var two) && two == 0x1234);
        Assert.True(reader.TryReadUInt24(out var three) && three == 0xabcdef);
        Assert.True(reader.TryReadUInt32(out var four) && four == 5);
        Assert.True(reader.TryReadUInt64(out var eight) && eight == 6);
        Assert.Equal(3, reader.Remaining);
        Assert.Equal([0x02, 0xaa, 0xbb], reader.Rest.ToArray());
        Assert.True(reader.TryReadVarIntPrefixed(out var prefixed));
        Assert.Equal([0xaa, 0xbb], prefixed.ToArray());
        Assert.True(reader.IsAtEnd);
        Assert.False(reader.TryPeekByte(out _));
    }

    [Fact]
    public void What_does_not_fit_is_not_read_and_moves_nothing()
    {
        for (var length = 0; length < 8; length++)
        {
            var reader = new SpanReader(new byte[length]);
            Assert.Equal(length >= 1, reader.TryReadByte(out _));
            reader = new SpanReader(new byte[length]);
            Assert.Equal(length >= 2, reader.TryReadUInt16(out _));
            Assert.Equal(length >= 2 ? 2 : 0, reader.Position);
            reader = new SpanReader(new byte[length]);
            Assert.Equal(length >= 3, reader.TryReadUInt24(out _));
            Assert.Equal(length >= 3 ? 3 : 0, reader.Position);
            reader = new SpanReader(new byte[length]);
            Assert.Equal(length >= 4, reader.TryReadUInt32(out _));
            Assert.Equal(length >= 4 ? 4 : 0, reader.Position);
            reader = new SpanReader(new byte[length]);
            Assert.False(reader.TryReadUInt64(out _));
            Assert.Equal(0, reader.Position);
            Assert.False(reader.TryReadBytes(length + 1, out _));
            Assert.False(reader.TryReadBytes(-1, out _));
            Assert.False(reader.TrySkip(length + 1));
            Assert.Equal(0, reader.Position);
            Assert.True(reader.TrySkip(length));
            Assert.True(reader.IsAtEnd);
        }
    }

    // Robustness: a declared length is never trusted.
    [Theory]
    [InlineData("03aabb")]
    [InlineData("ffffffffffffffff")]
    [InlineData("bfffffff")]
    [InlineData("40")]
    [InlineData("")]
    public void A_prefix_that_promises_too_much_is_refused_and_moves_nothing(string bytes)
    {
        var reader = new SpanReader(Convert.FromHexString(bytes));
        Assert.False(reader.TryReadVarIntPrefixed(out var read));
        Assert.True(read.IsEmpty);
        Assert.Equal(0, reader.Position);
    }

    [Theory]
    [InlineData("bfffffff", true)]
    [InlineData("c00000007fffffff", true)]
    [InlineData("c000000080000000", false)]
    [InlineData("ffffffffffffffff", false)]
    public void A_length_is_a_non_negative_int(string bytes, bool valid)
    {
        var reader = new SpanReader(Convert.FromHexString(bytes));
        Assert.Equal(valid, reader.TryReadLength(out var length));
        Assert.True(length >= 0);
        Assert.Equal(valid, reader.Position > 0);
    }
}
