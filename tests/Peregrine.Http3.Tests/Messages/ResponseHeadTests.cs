namespace Peregrine.Http3.Tests;

/// <summary>What a client takes for a response (RFC 9114 §4.1, §4.3.2, §4.5); robustness M2, M3.</summary>
public sealed class ResponseHeadTests
{
    public static TheoryData<string, (string, string)[]> Malformed => new()
    {
        { "no :status", [("a", "b")] },
        { ":status twice", [(":status", "200"), (":status", "200")] },
        { ":status after a field", [("a", "b"), (":status", "200")] },
        { "a request's pseudo-header field", [(":status", "200"), (":path", "/")] },
        { "an unknown pseudo-header field", [(":status", "200"), (":own", "")] },
        { "an empty :status", [(":status", "")] },
        { "two digits", [(":status", "20")] },
        { "four digits", [(":status", "2000")] },
        { "no digits", [(":status", "abc")] },
        { "below 100", [(":status", "099")] },
        { "a sign", [(":status", "+20")] },
        { "101", [(":status", "101")] },
        { "an upper-case name", [(":status", "200"), ("A", "b")] },
        { "Connection", [(":status", "200"), ("connection", "close")] },
        { "Transfer-Encoding", [(":status", "200"), ("transfer-encoding", "chunked")] },
        { "LF in a value", [(":status", "200"), ("a", "b\nc")] },
        { "Content-Length twice", [(":status", "200"), ("content-length", "1"), ("content-length", "2")] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_response_is_a_stream_error_of_message_error(string what, (string, string)[] fields)
    {
        var error = Assert.Throws<Http3Exception>(() => { ResponseHead.Parse(Bytes.Fields(fields)); });
        Assert.True(error is { ErrorCode: Http3ErrorCode.MessageError, Scope: Http3ErrorScope.Stream }, what);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("103")]
    [InlineData("200")]
    [InlineData("404")]
    [InlineData("599")]
    [InlineData("999")]
    public void A_status_of_three_digits_is_taken(string status)
    {
        var head = ResponseHead.Parse(Bytes.Fields((":status", status), ("a", "b")));
        Assert.Equal((status, "b"), ($"{head.Status}", head.Headers["a"]));
    }

    [Fact]
    public void A_server_does_not_send_fields_of_http_11()
    {
        var headers = new HttpFields { { "connection", "close" } };
        Assert.Throws<ArgumentException>(() => ResponseHead.Create(200, headers));
    }

    [Fact]
    public void Trailers_hold_no_pseudo_header_fields()
    {
        var error = Assert.Throws<Http3Exception>(() => FieldSection.CheckTrailers(Bytes.Fields(("a", "b"), (":status", "200"))));
        Assert.Equal(Http3ErrorCode.MessageError, error.ErrorCode);
    }
}
