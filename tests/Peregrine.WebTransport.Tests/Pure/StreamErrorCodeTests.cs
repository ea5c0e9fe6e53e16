namespace Peregrine.WebTransport.Tests;

public sealed class StreamErrorCodeTests
{
    // draft-ietf-webtrans-http3 §4.4
    [Theory]
    [InlineData(0u, 0x52e4a40fa8db)]
    [InlineData(29u, 0x52e4a40fa8f8)]
    [InlineData(30u, 0x52e4a40fa8fa)]
    [InlineData(52u, 0x52e4a40fa910)]
    [InlineData(127u, 0x52e4a40fa95e)]
    [InlineData(240u, 0x52e4a40fa9d3)]
    [InlineData(255u, 0x52e4a40fa9e2)]
    [InlineData(65535u, 0x52e4a410b162)]
    [InlineData(0xffffffffu, 0x52e5ac983162)]
    public void An_application_code_maps_to_its_wire_code_and_back(uint code, long wire)
    {
        Assert.Equal(wire, StreamErrorCode.ToHttp3(code));
        Assert.True(StreamErrorCode.TryFromHttp3(wire, out var back));
        Assert.Equal(code, back);
    }

    [Theory]
    [InlineData(0x52e4a40fa8da)] // one below
    [InlineData(0x52e5ac983163)] // one above
    [InlineData(0x52e4a40fa8f9)] // GREASE inside the range
    [InlineData(0x170d7b68)] // WT_SESSION_GONE
    [InlineData(0x100)]
    [InlineData(0)]
    [InlineData((1L << 62) - 1)]
    public void A_code_outside_the_range_is_no_application_code(long wire) => Assert.False(StreamErrorCode.TryFromHttp3(wire, out _));

    [Fact]
    public void No_two_codes_share_a_wire_code_and_none_falls_on_grease()
    {
        var previous = StreamErrorCode.ToHttp3(0) - 1;
        for (var code = 0u; code < 100_000; code++)
        {
            var wire = StreamErrorCode.ToHttp3(code);
            Assert.True(wire > previous);
            Assert.NotEqual(0, (wire - 0x21) % 0x1f);
            Assert.True(StreamErrorCode.TryFromHttp3(wire, out var back));
            Assert.Equal(code, back);
            previous = wire;
        }
    }
}
