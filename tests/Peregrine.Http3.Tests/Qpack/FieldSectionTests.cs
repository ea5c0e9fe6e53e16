namespace Peregrine.Http3.Tests;

public sealed class FieldSectionTests
{
    private const int Large = 1 << 20;

    // RFC 9204, Appendix B.1.
    [Fact]
    public void The_literal_with_name_reference_of_the_rfc_decodes()
    {
        var fields = Decode(Bytes.Hex("0000 510b 2f69 6e64 6578 2e68 746d 6c"));
        Assert.Equal([new HttpField(":path", "/index.html")], fields);
    }

    // RFC 9204, Appendix A: the first, the last, and those around the one-byte index's end.
    [Theory]
    [InlineData("c0", ":authority", "")]
    [InlineData("c1", ":path", "/")]
    [InlineData("d1", ":method", "GET")]
    [InlineData("dd", "accept", "*/*")]
    [InlineData("fe", "x-xss-protection", "1; mode=block")]
    [InlineData("ff00", ":status", "100")]
    [InlineData("ff16", "content-security-policy", "script-src 'none'; object-src 'none'; base-uri 'none'")]
    [InlineData("ff23", "x-frame-options", "sameorigin")]
    public void Static_indexes_name_their_entries(string hex, string name, string value)
    {
        Assert.Equal([new HttpField(name, value)], Decode(Bytes.Join([0, 0], Bytes.Hex(hex))));
    }

    [Fact]
    public void What_is_encoded_decodes_again()
    {
        HttpField[] fields =
        [
            new(":method", "GET"), new(":path", "/a?b=c"), new("cookie", "a=b"), new("x-own", ""), new("x-own", "\u00e9\u00ff\t~"),
            new("authorization", "Bearer " + new string('x', 5000)), new(new string('n', 200), new string('\u0001', 300)),
        ];
        using var encoded = new PooledBuffer(16);
        FieldSectionEncoder.WritePrefix(encoded);
        foreach (var field in fields)
            FieldSectionEncoder.Write(encoded, field.Name, field.Value);
        Assert.Equal(fields, Decode(encoded.WrittenSpan));
    }

    // RFC 9204 §7.1.3.
    [Theory]
    [InlineData("authorization", 0x70)]
    [InlineData("proxy-authorization", 0x30)]
    [InlineData("accept", 0x50)]
    public void Secrets_are_marked_never_indexed(string name, int pattern)
    {
        using var encoded = new PooledBuffer(16);
        FieldSectionEncoder.Write(encoded, name, "secret");
        Assert.Equal(pattern, encoded.WrittenSpan[0] & 0xf0);
    }

    // RFC 9204 §2.2.3, §4.5: all of these are QPACK_DECOMPRESSION_FAILED for a decoder without a dynamic table.
    [Theory]
    [InlineData("", "no prefix")]
    [InlineData("00", "half a prefix")]
    [InlineData("0381 1011", "a Required Insert Count (RFC 9204, B.2)")]
    [InlineData("0080", "a negative Base")]
    [InlineData("0000 80", "a dynamic index")]
    [InlineData("0000 10", "a post-base index")]
    [InlineData("0000 4000", "a dynamic name reference")]
    [InlineData("0000 0000", "a post-base name reference")]
    [InlineData("0000 ff24", "an index beyond the static table")]
    [InlineData("0000 5f5400", "a name reference beyond the static table")]
    [InlineData("0000 ff", "an index cut short")]
    [InlineData("0000 51", "no value")]
    [InlineData("0000 510b2f", "a value cut short")]
    [InlineData("0000 51ff80808080808080808080", "a length without end")]
    [InlineData("0000 517fffffffff7f", "a length of gibibytes")]
    [InlineData("0000 2361", "a name cut short")]
    [InlineData("0000 5181ff", "broken Huffman code")]
    public void What_breaks_qpack_is_invalid(string hex, string why)
    {
        var status = FieldSectionDecoder.Decode(Bytes.Hex(hex), Large, new HttpFields(), out var problem);
        Assert.True(status == FieldSectionStatus.Invalid, why);
        Assert.NotEmpty(problem);
    }

    // Robustness Q1: a small block of references to a long entry stops at the limit, field by field.
    [Fact]
    public void A_bomb_of_references_stops_at_the_limit()
    {
        var bomb = Bytes.Join([0, 0], [.. Enumerable.Repeat(Bytes.Hex("ff16"), 10_000).SelectMany(bytes => bytes)]);
        var fields = new HttpFields();
        Assert.Equal(FieldSectionStatus.TooLarge, FieldSectionDecoder.Decode(bomb, 32 * 1024, fields, out _));
        // 23 characters of name, 53 of value, 32 more.
        Assert.Equal(32 * 1024 / (23 + 53 + 32), fields.Count);
    }

    [Theory]
    [InlineData(1 + 1 + 32, FieldSectionStatus.Done)]
    [InlineData(1 + 1 + 31, FieldSectionStatus.TooLarge)]
    public void The_limit_counts_name_value_and_32(int limit, object expected)
    {
        Assert.Equal(expected, FieldSectionDecoder.Decode(Bytes.Section(("a", "b")), limit, new HttpFields(), out _));
    }

    [Theory]
    [InlineData(34, FieldSectionStatus.Done)]
    [InlineData(33, FieldSectionStatus.TooLarge)]
    public void The_limit_counts_decoded_huffman(int limit, object expected)
    {
        // "a" = 00011, padded.
        Assert.Equal(expected, FieldSectionDecoder.Decode(Bytes.Hex("0000 291f 811f"), limit, new HttpFields(), out _));
    }

    private static HttpFields Decode(ReadOnlySpan<byte> section)
    {
        var fields = new HttpFields();
        Assert.Equal(FieldSectionStatus.Done, FieldSectionDecoder.Decode(section, Large, fields, out _));
        return fields;
    }
}
