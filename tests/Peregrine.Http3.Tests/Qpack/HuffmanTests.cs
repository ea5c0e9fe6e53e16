using System.Text;

namespace Peregrine.Http3.Tests;

public sealed class HuffmanTests
{
    // RFC 7541, Appendix C.4 and C.6.
    [Theory]
    [InlineData("www.example.com", "f1e3c2e5f23a6ba0ab90f4ff")]
    [InlineData("no-cache", "a8eb10649cbf")]
    [InlineData("custom-key", "25a849e95ba97d7f")]
    [InlineData("custom-value", "25a849e95bb8e8b4bf")]
    [InlineData("302", "6402")]
    [InlineData("307", "640eff")]
    [InlineData("private", "aec3771a4b")]
    [InlineData("gzip", "9bd9ab")]
    [InlineData("https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3")]
    [InlineData("Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff")]
    [InlineData("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
        "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007")]
    public void The_strings_of_rfc_7541_are_coded_as_printed(string text, string hex)
    {
        var encoded = new byte[HuffmanEncoder.Length(text)];
        Assert.Equal(encoded.Length, HuffmanEncoder.Encode(text, encoded));
        Assert.Equal(hex, Convert.ToHexStringLower(encoded));
        Assert.Equal(text, Decode(Bytes.Hex(hex)));
    }

    [Fact]
    public void Every_byte_survives_any_neighbour()
    {
        for (var first = 0; first < 256; first++)
        {
            for (var second = 0; second < 256; second++)
            {
                var text = $"{(char)first}{(char)second}";
                var encoded = new byte[HuffmanEncoder.Length(text)];
                HuffmanEncoder.Encode(text, encoded);
                Assert.Equal(text, Decode(encoded));
            }
        }
    }

    // RFC 7541 §5.2, robustness Q8.
    [Theory]
    [InlineData("ffffffff", "the end-of-string symbol")]
    [InlineData("07ffffffff", "the end-of-string symbol after a character")]
    [InlineData("ff", "eight bits of padding")]
    [InlineData("07ff", "eleven bits of padding")]
    [InlineData("00", "padding of zeros")]
    [InlineData("06", "padding that ends in a zero")]
    [InlineData("fffffff0", "a code that is cut short")]
    public void What_breaks_the_code_is_refused(string hex, string why)
    {
        Assert.True(Decode(Bytes.Hex(hex)) is null, why);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("07", "0")]
    [InlineData("f8", "&")]
    [InlineData("b9fc7f", ":!")]
    public void Padding_of_up_to_seven_ones_is_taken(string hex, string text) => Assert.Equal(text, Decode(Bytes.Hex(hex)));

    private static string? Decode(byte[] encoded)
    {
        var decoded = new byte[HuffmanDecoder.MaxDecodedLength(encoded.Length)];
        return HuffmanDecoder.TryDecode(encoded, decoded, out var written) ? Encoding.Latin1.GetString(decoded, 0, written) : null;
    }
}
