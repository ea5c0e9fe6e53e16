namespace Peregrine.Http3.Tests;

public sealed class HttpFieldsTests
{
    [Fact]
    public void Order_and_duplicates_are_kept()
    {
        var fields = new HttpFields { { "A", "1" }, { "b", "2" }, { "a", "3" } };
        Assert.Equal([new("a", "1"), new("b", "2"), new HttpField("a", "3")], fields);
        Assert.Equal("1 3", string.Join(" ", fields.GetValues("A")));
        Assert.Equal("1, 3", fields.GetCombined("a"));
        Assert.Equal("1", fields["A"]);
        Assert.Null(fields["c"]);
    }

    [Fact]
    public void Set_replaces_every_value()
    {
        var fields = new HttpFields { { "a", "1" }, { "b", "2" }, { "a", "3" } };
        fields.Set("A", "4");
        Assert.Equal([new("b", "2"), new HttpField("a", "4")], fields);
        Assert.True(fields.Remove("B"));
        Assert.False(fields.Remove("B"));
    }

    [Theory]
    [InlineData(":path", "/")]
    [InlineData("a b", "x")]
    [InlineData("a", "x\r\ny: z")]
    [InlineData("a", "\u0100")]
    [InlineData("a", " x")]
    public void What_is_not_http_is_refused(string name, string value)
    {
        Assert.Throws<ArgumentException>(() => new HttpFields { { name, value } });
    }

    [Fact]
    public void What_a_log_shows_is_short_and_printable()
    {
        Assert.Equal("a?b", FieldRules.Printable("a\nb"));
        Assert.Equal(67, FieldRules.Printable(new string('x', 5000)).Length);
    }
}
