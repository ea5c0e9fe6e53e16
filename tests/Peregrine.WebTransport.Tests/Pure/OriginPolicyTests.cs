namespace Peregrine.WebTransport.Tests;

public sealed class OriginPolicyTests
{
    [Theory]
    [InlineData(null, "localhost:4433", true)]
    [InlineData("http://localhost:8080", "localhost:4433", true)]
    [InlineData("https://localhost", "localhost:4433", true)]
    [InlineData("https://LocalHost", "localhost", true)]
    [InlineData("http://127.0.0.1:8080", "127.0.0.1:4433", true)]
    [InlineData("http://[::1]:8080", "[::1]:4433", true)]
    [InlineData("http://localhost:8080", "127.0.0.1:4433", false)]
    [InlineData("https://evil.example", "host.example:4433", false)]
    [InlineData("https://host.example.evil.example", "host.example", false)]
    [InlineData("https://sub.host.example", "host.example", false)]
    [InlineData("https://host.example@evil.example", "host.example", false)]
    [InlineData("https://evil.example", "evil.example@host.example", false)]
    [InlineData("https://evil.example/host.example", "host.example", false)]
    [InlineData("https://host.example/", "host.example", false)]
    [InlineData("https://host.example?x", "host.example", false)]
    [InlineData("null", "host.example", false)]
    [InlineData("", "host.example", false)]
    [InlineData("host.example", "host.example", false)]
    [InlineData("file://", "host.example", false)]
    [InlineData("https://host.example https://evil.example", "host.example", false)]
    [InlineData("https://host.example", "", false)]
    [InlineData("https://host.example", "host.example/evil", false)]
    public void By_default_pages_of_the_same_host_and_programs_come_in(string? origin, string authority, bool allowed) =>
        Assert.Equal(allowed, WebTransportOriginPolicy.SameHost.Allows(origin, authority));

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("https://app.example:443", true)]
    [InlineData("https://APP.example", true)]
    [InlineData("http://app.example", false)]
    [InlineData("https://app.example:8443", false)]
    [InlineData("http://other.example:8080", true)]
    [InlineData("http://other.example", false)]
    [InlineData("null", false)]
    [InlineData(null, true)]
    public void A_list_lets_in_its_origins_only(string? origin, bool allowed) =>
        Assert.Equal(allowed,
            WebTransportOriginPolicy.AllowOrigins("https://app.example", "http://other.example:8080").Allows(origin, "server.example"));

    [Theory]
    [InlineData("app.example")]
    [InlineData("https://app.example/")]
    [InlineData("https://app.example/page")]
    [InlineData("*")]
    public void An_entry_that_is_no_origin_is_refused_with_what_to_write(string entry)
    {
        var error = Assert.Throws<ArgumentException>(() => WebTransportOriginPolicy.AllowOrigins(entry));
        Assert.Contains(entry, error.Message);
    }

    [Fact]
    public void Others_say_what_they_are_asked()
    {
        Assert.True(WebTransportOriginPolicy.AllowAll.Allows("null", "host.example"));
        var custom = WebTransportOriginPolicy.Custom((origin, authority) => origin is "a" && authority is "b");
        Assert.True(custom.Allows("a", "b"));
        Assert.False(custom.Allows("b", "a"));
    }
}
