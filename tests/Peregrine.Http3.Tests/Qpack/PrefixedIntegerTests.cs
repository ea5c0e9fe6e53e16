namespace Peregrine.Http3.Tests;

public sealed class PrefixedIntegerTests
{
    // RFC 7541, Appendix C.1.
    [Theory]
    [InlineData(10, 5, "0a")]
    [InlineData(1337, 5, "1f9a0a")]
    [InlineData(42, 8, "2a")]
    [InlineData(31, 5, "1f00")]
    [InlineData(158, 5, "1f7f")]
    [InlineData(159, 5, "1f8001")]
    [InlineData(0x3fff_ffff_ffff_ffffUL, 8, "ff80feffffffffffff3f")]
    public void Integers_are_coded_as_the_rfc_says(ulong value, int prefixBits, string hex)
    {
        var encoded = new byte[PrefixedInteger.MaxLength];
        var written = PrefixedInteger.Write(encoded, 0, prefixBits, value);
        Assert.Equal(hex, Convert.ToHexStringLower(encoded.AsSpan(0, written)));
        Assert.Equal(DecodeStatus.Done, PrefixedInteger.TryRead(encoded.AsSpan(0, written), prefixBits, out var read, out var length));
        Assert.Equal((value, written), (read, length));
    }

    [Fact]
    public void Every_cut_of_an_integer_needs_more()
    {
        var encoded = Bytes.Hex("1f9a8aff8fff7f");
        for (var cut = 0; cut < encoded.Length; cut++)
            Assert.Equal(DecodeStatus.NeedMore, PrefixedInteger.TryRead(encoded.AsSpan(0, cut), 5, out _, out _));
    }

    // Robustness Q2: a mebibyte of continuation is refused at the tenth byte.
    [Fact]
    public void Endless_continuation_is_refused_at_the_tenth_byte()
    {
        var drip = Enumerable.Repeat((byte)0x80, 1 << 20).ToArray();
        drip[0] = 0xff;
        for (var length = 1; length < PrefixedInteger.MaxLength; length++)
            Assert.Equal(DecodeStatus.NeedMore, PrefixedInteger.TryRead(drip.AsSpan(0, length), 8, out _, out _));
        Assert.Equal(DecodeStatus.Invalid, PrefixedInteger.TryRead(drip, 8, out _, out var read));
        Assert.Equal(PrefixedInteger.MaxLength, read);
    }

    [Theory]
    [InlineData("ff81feffffffffffff3f")]
    [InlineData("ffffffffffffffffff7f")]
    public void More_than_62_bits_are_refused(string hex)
    {
        Assert.Equal(DecodeStatus.Invalid, PrefixedInteger.TryRead(Bytes.Hex(hex), 8, out _, out _));
    }
}
