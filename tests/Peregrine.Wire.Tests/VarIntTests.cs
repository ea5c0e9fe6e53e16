namespace Peregrine.Wire.Tests;

// RFC 9000 §16
public sealed class VarIntTests
{
    public static TheoryData<ulong, int> Boundaries => new()
    {
        { 0, 1 },
        { 63, 1 },
        { 64, 2 },
        { 16383, 2 },
        { 16384, 4 },
        { 1073741823, 4 },
        { 1073741824, 8 },
        { (1UL << 60) + 1, 8 },
        { 4611686018427387903, 8 },
    };

    // RFC 9000 Appendix A.1
    [Theory]
    [InlineData("c2197c5eff14e88c", 151288809941952652UL)]
    [InlineData("9d7f3e7d", 494878333UL)]
    [InlineData("7bbd", 15293UL)]
    [InlineData("25", 37UL)]
    [InlineData("4025", 37UL)]
    public void The_RFCs_examples_are_read(string bytes, ulong value)
    {
        var encoded = Convert.FromHexString(bytes);
        Assert.True(VarInt.TryRead(encoded, out var read, out var length));
        Assert.Equal(value, read);
        Assert.Equal(encoded.Length, length);
    }

    [Theory]
    [InlineData("c2197c5eff14e88c", 151288809941952652UL)]
    [InlineData("9d7f3e7d", 494878333UL)]
    [InlineData("7bbd", 15293UL)]
    [InlineData("25", 37UL)]
    public void The_RFCs_examples_are_written(string bytes, ulong value)
    {
        var written = new byte[8];
        var length = VarInt.Write(written, value);
        Assert.Equal(bytes, Convert.ToHexStringLower(written.AsSpan(0, length)));
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Each_value_takes_the_shortest_form_and_comes_back(ulong value, int length)
    {
        var bytes = new byte[8];
        Assert.Equal(length, VarInt.Length(value));
        Assert.Equal(length, VarInt.Write(bytes, value));
        Assert.True(VarInt.TryRead(bytes, out var read, out var readLength));
        Assert.Equal(value, read);
        Assert.Equal(length, readLength);
        Assert.Equal(length, VarInt.LengthFromFirstByte(bytes[0]));
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Longer_forms_are_written_on_demand_and_read_alike(ulong value, int shortest)
    {
        for (var length = shortest; length <= 8; length *= 2)
        {
            var bytes = new byte[8];
            VarInt.Write(bytes, value, length);
            Assert.True(VarInt.TryRead(bytes.AsSpan(0, length), out var read, out var readLength));
            Assert.Equal(value, read);
            Assert.Equal(length, readLength);
        }
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void A_truncated_integer_is_not_read(ulong value, int length)
    {
        var bytes = new byte[8];
        VarInt.Write(bytes, value);
        for (var cut = 0; cut < length; cut++)
        {
            Assert.False(VarInt.TryRead(bytes.AsSpan(0, cut), out var read, out _));
            Assert.Equal(0UL, read);
        }
    }
}
