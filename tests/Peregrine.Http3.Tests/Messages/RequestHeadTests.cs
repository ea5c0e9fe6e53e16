namespace Peregrine.Http3.Tests;

/// <summary>What a server takes for a request (RFC 9114 §4.1.2, §4.2, §4.3.1, §4.4; RFC 9220 §3); robustness M2.</summary>
public sealed class RequestHeadTests
{
    private static readonly (string, string)[] Method = [(":method", "GET")];
    private static readonly (string, string)[] Scheme = [(":scheme", "https")];
    private static readonly (string, string)[] Authority = [(":authority", "a.test")];
    private static readonly (string, string)[] Path = [(":path", "/")];

    public static TheoryData<string, (string, string)[]> Malformed => new()
    {
        { "no fields", [] },
        { "no :method", [.. Scheme, .. Authority, .. Path] },
        { "no :scheme", [.. Method, .. Authority, .. Path] },
        { "no :path", [.. Method, .. Scheme, .. Authority] },
        { "no authority", [.. Method, .. Scheme, .. Path] },
        { ":method twice", [.. Method, .. Method, .. Scheme, .. Authority, .. Path] },
        { ":scheme twice", [.. Method, .. Scheme, .. Scheme, .. Authority, .. Path] },
        { ":authority twice", [.. Method, .. Scheme, .. Authority, .. Authority, .. Path] },
        { ":path twice", [.. Method, .. Scheme, .. Authority, .. Path, .. Path] },
        { ":status", [.. Bytes.Get, (":status", "200")] },
        { "an unknown pseudo-header field", [.. Bytes.Get, (":own", "1")] },
        { "a pseudo-header field after a field", [.. Method, .. Scheme, .. Authority, ("a", "b"), .. Path] },
        { "an empty :method", [(":method", ""), .. Scheme, .. Authority, .. Path] },
        { "a :method that is no token", [(":method", "GE T"), .. Scheme, .. Authority, .. Path] },
        { "an empty :path", [.. Method, .. Scheme, .. Authority, (":path", "")] },
        { "a :path without slash", [.. Method, .. Scheme, .. Authority, (":path", "a")] },
        { "a :path with a space", [.. Method, .. Scheme, .. Authority, (":path", "/a b")] },
        { "a * without OPTIONS", [.. Method, .. Scheme, .. Authority, (":path", "*")] },
        { "an empty :scheme", [.. Method, (":scheme", ""), .. Authority, .. Path] },
        { "a :scheme that is none", [.. Method, (":scheme", "1http"), .. Authority, .. Path] },
        { "an empty :authority", [.. Method, .. Scheme, (":authority", ""), .. Path] },
        { "an empty Host", [.. Bytes.Get, ("host", "")] },
        { "another Host", [.. Bytes.Get, ("host", "other.test")] },
        { "another port in Host", [.. Bytes.Get, ("host", "example.test:8443")] },
        { "Host twice", [.. Method, .. Scheme, .. Path, ("host", "a.test"), ("host", "a.test")] },
        { "user information", [.. Method, .. Scheme, (":authority", "me@a.test"), .. Path] },
        { "a path in :authority", [.. Method, .. Scheme, (":authority", "a.test/x"), .. Path] },
        { "an upper-case name", [.. Bytes.Get, ("Accept", "*")] },
        { "an empty name", [.. Bytes.Get, ("", "x")] },
        { "a space in a name", [.. Bytes.Get, ("a b", "x")] },
        { "a colon in a name", [.. Bytes.Get, ("a:b", "x")] },
        { "a byte above ASCII in a name", [.. Bytes.Get, ("\u00e9", "x")] },
        { "CR in a value", [.. Bytes.Get, ("a", "b\rc")] },
        { "LF in a value", [.. Bytes.Get, ("a", "b\nc: d")] },
        { "NUL in a value", [.. Bytes.Get, ("a", "b\0c")] },
        { "DEL in a value", [.. Bytes.Get, ("a", "b\u007fc")] },
        { "LF in a pseudo-header field", [.. Method, .. Scheme, .. Authority, (":path", "/\n")] },
        { "a space before a value", [.. Bytes.Get, ("a", " b")] },
        { "a tab after a value", [.. Bytes.Get, ("a", "b\t")] },
        { "Connection", [.. Bytes.Get, ("connection", "close")] },
        { "Keep-Alive", [.. Bytes.Get, ("keep-alive", "1")] },
        { "Proxy-Connection", [.. Bytes.Get, ("proxy-connection", "close")] },
        { "Transfer-Encoding", [.. Bytes.Get, ("transfer-encoding", "chunked")] },
        { "Upgrade", [.. Bytes.Get, ("upgrade", "websocket")] },
        { "TE other than trailers", [.. Bytes.Get, ("te", "gzip")] },
        { "TE with more than trailers", [.. Bytes.Get, ("te", "trailers, gzip")] },
        { "CONNECT with :scheme", [(":method", "CONNECT"), .. Authority, .. Scheme] },
        { "CONNECT with :path", [(":method", "CONNECT"), .. Authority, .. Path] },
        { "CONNECT without :authority", [(":method", "CONNECT")] },
        { "CONNECT with Host only", [(":method", "CONNECT"), ("host", "a.test")] },
        { ":protocol without CONNECT", [.. Bytes.Get, (":protocol", "websocket")] },
        { "an empty :protocol", [(":method", "CONNECT"), .. Scheme, .. Authority, .. Path, (":protocol", "")] },
        { ":protocol twice", [(":method", "CONNECT"), .. Scheme, .. Authority, .. Path, (":protocol", "a"), (":protocol", "a")] },
        { "an extended CONNECT without :scheme", [(":method", "CONNECT"), .. Authority, .. Path, (":protocol", "a")] },
        { "an extended CONNECT without :path", [(":method", "CONNECT"), .. Scheme, .. Authority, (":protocol", "a")] },
        { "an extended CONNECT without authority", [(":method", "CONNECT"), .. Scheme, .. Path, (":protocol", "a")] },
        { "Content-Length twice", [.. Bytes.Get, ("content-length", "1"), ("content-length", "1")] },
        { "a list as Content-Length", [.. Bytes.Get, ("content-length", "1, 1")] },
        { "a signed Content-Length", [.. Bytes.Get, ("content-length", "+1")] },
        { "a negative Content-Length", [.. Bytes.Get, ("content-length", "-1")] },
        { "an empty Content-Length", [.. Bytes.Get, ("content-length", "")] },
        { "a hexadecimal Content-Length", [.. Bytes.Get, ("content-length", "0x1")] },
        { "an overflowing Content-Length", [.. Bytes.Get, ("content-length", "99999999999999999999")] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_request_is_a_stream_error_of_message_error(string what, (string, string)[] fields)
    {
        var error = Assert.Throws<Http3Exception>(() => { RequestHead.Parse(Bytes.Fields(fields), takesExtendedConnect: true); });
        Assert.True(error is { ErrorCode: Http3ErrorCode.MessageError, Scope: Http3ErrorScope.Stream }, what);
    }

    [Fact]
    public void A_request_keeps_its_fields_in_order_with_duplicates()
    {
        var head = Parse([.. Bytes.Get, ("cookie", "a"), ("x", "1"), ("cookie", "b"), ("te", "trailers"), ("content-length", "12")]);
        Assert.Equal(("GET", "https", "example.test", "/"), (head.Method, head.Scheme, head.Authority, head.Path));
        Assert.Equal("a b", string.Join(" ", head.Headers.GetValues("Cookie")));
        Assert.Equal("cookie x cookie te content-length", string.Join(" ", head.Headers.Select(field => field.Name)));
        Assert.Equal(12, head.ContentLength);
    }

    [Fact]
    public void Host_stands_in_for_authority()
    {
        Assert.Equal("b.test:1", Parse([.. Method, .. Scheme, .. Path, ("host", "b.test:1")]).Authority);
    }

    [Fact]
    public void Host_may_repeat_authority() => Assert.Equal("example.test", Parse([.. Bytes.Get, ("host", "example.test")]).Authority);

    [Fact]
    public void Options_may_ask_for_the_server_itself() =>
        Assert.Equal("*", Parse([(":method", "OPTIONS"), .. Scheme, .. Authority, (":path", "*")]).Path);

    [Fact]
    public void Another_scheme_needs_no_authority()
    {
        Assert.Null(Parse([.. Method, (":scheme", "urn"), (":path", "a:b")]).Authority);
    }

    [Fact]
    public void Connect_has_an_authority_only()
    {
        var head = Parse([(":method", "CONNECT"), (":authority", "a.test:443")]);
        Assert.True(head.IsConnect);
        Assert.Equal((null, null, null, "a.test:443"), (head.Scheme, head.Path, head.Protocol, head.Authority));
    }

    // RFC 9220 §3; the fields Firefox and Chromium send, in their order. Safari's empty header value must parse.
    [Fact]
    public void Extended_connect_has_a_protocol()
    {
        var head = Parse(
        [
            (":scheme", "https"), (":method", "CONNECT"), (":authority", "a.test:4433"), (":path", "/chat?x"),
            (":protocol", "webtransport"),
            ("sec-webtransport-http3-draft02", "1"), ("origin", "https://a.test"), ("wt-available-protocols", ""),
        ]);
        Assert.Equal(("webtransport", "/chat?x"), (head.Protocol, head.Path));
    }

    [Fact]
    public void Extended_connect_must_have_been_announced()
    {
        var fields = Bytes.Fields([(":method", "CONNECT"), .. Scheme, .. Authority, .. Path, (":protocol", "a")]);
        Assert.Equal(Http3ErrorCode.MessageError, Assert.Throws<Http3Exception>(() => RequestHead.Parse(fields, false)).ErrorCode);
    }

    [Fact]
    public void What_a_client_creates_a_server_takes()
    {
        var request = new Http3Request { Method = "CONNECT", Authority = "a.test", Path = "/x", Protocol = "webtransport" };
        request.Headers.Add("Origin", "https://a.test");
        request.Validate();
        var head = RequestHead.Parse(RequestHead.Create(request), takesExtendedConnect: true);
        Assert.Equal(("CONNECT", "https", "a.test", "/x"), (head.Method, head.Scheme, head.Authority, head.Path));
        Assert.Equal("webtransport", head.Protocol);
        Assert.Equal("https://a.test", head.Headers["origin"]);
    }

    [Fact]
    public void A_plain_connect_is_created_without_scheme_and_path()
    {
        var head = RequestHead.Parse(RequestHead.Create(new Http3Request { Method = "CONNECT", Authority = "a.test:1" }), false);
        Assert.Null(head.Path);
    }

    [Theory]
    [InlineData("GE T", "a.test", "/", null)]
    [InlineData("GET", "", "/", null)]
    [InlineData("GET", "a.test", "x", null)]
    [InlineData("GET", "a.test", "/ x", null)]
    [InlineData("GET", "a.test", "/", "webtransport")]
    [InlineData("CONNECT", "a.test", "/", "web transport")]
    public void A_client_does_not_send_a_malformed_request(string method, string authority, string path, string? protocol)
    {
        var request = new Http3Request { Method = method, Authority = authority, Path = path, Protocol = protocol };
        Assert.Throws<ArgumentException>(request.Validate);
    }

    private static RequestHead Parse((string, string)[] fields) => RequestHead.Parse(Bytes.Fields(fields), takesExtendedConnect: true);
}
