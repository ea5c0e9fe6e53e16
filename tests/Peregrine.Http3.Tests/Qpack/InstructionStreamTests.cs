namespace Peregrine.Http3.Tests;

public sealed class InstructionStreamTests
{
    // RFC 9204 §3.2.3 and §4.3: without a dynamic table, only a capacity of 0 may be set.
    [Theory]
    [InlineData("20", true)]
    [InlineData("202020", true)]
    [InlineData("21", false)]
    [InlineData("3f00", false)]
    [InlineData("3fffffffffffffffffff7f", false)]
    [InlineData("c00f", false)]
    [InlineData("4a", false)]
    [InlineData("00", false)]
    public void The_encoder_stream_may_only_hold_a_capacity_of_0(string hex, bool isLegal)
    {
        Assert.Equal(isLegal, new EncoderStreamReader().Read(Bytes.Hex(hex)) is null);
    }

    // RFC 9204 §4.4: we insert nothing, so nothing can be acknowledged.
    [Theory]
    [InlineData("40", true)]
    [InlineData("7f80017f05", true)]
    [InlineData("80", false)]
    [InlineData("00", false)]
    [InlineData("01", false)]
    [InlineData("7fffffffffffffffffff7f", false)]
    public void The_decoder_stream_may_only_hold_cancellations(string hex, bool isLegal)
    {
        Assert.Equal(isLegal, new DecoderStreamReader().Read(Bytes.Hex(hex)) is null);
    }

    [Fact]
    public void Instructions_may_come_byte_by_byte()
    {
        var reader = new DecoderStreamReader();
        foreach (var octet in Bytes.Hex("7f8001 44 7f80808001"))
            Assert.Null(reader.Read([octet]));
        Assert.NotNull(reader.Read([0x80]));
    }
}
