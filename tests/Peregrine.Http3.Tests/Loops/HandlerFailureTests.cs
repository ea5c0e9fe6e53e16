using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>An HttpClient over our handler fails, and sends its headers, as one over SocketsHttpHandler.</summary>
public sealed class HandlerFailureTests
{
    [Fact]
    [Trait("Review", "X3")]
    public async Task An_unknown_host_is_a_failure_of_name_resolution()
    {
        using var client = new HttpClient(new Http3Handler());
        var failure = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(new Uri("https://no-such-host.invalid/")).WithinPatience());
        Assert.Equal(HttpRequestError.NameResolutionError, failure.HttpRequestError);
        Assert.IsType<SocketException>(failure.InnerException);
    }

    [Fact]
    [Trait("Review", "X3")]
    public async Task A_certificate_that_is_not_trusted_is_a_failure_of_the_secure_connection()
    {
        await using var server = await HandlerServer.StartAsync(request => request.RespondAsync(200, endStream: true).AsTask());
        using var client = new HttpClient(new Http3Handler());
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(server.Uri("/")).WithinPatience());
        Assert.Equal(HttpRequestError.SecureConnectionError, failure.HttpRequestError);
    }

    [Fact]
    [Trait("Review", "X3")]
    public async Task A_response_that_breaks_off_fails_the_read_as_an_HttpIOException()
    {
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            await request.RespondAsync(200);
            await request.Output.WriteAsync(new byte[10]);
            request.Abort(QuicAbortDirection.Write, Http3ErrorCode.InternalError);
        });
        using var client = server.CreateClient();
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var response = await client.GetAsync(server.Uri("/"), HttpCompletionOption.ResponseHeadersRead).WithinPatience();
            await using var stream = await response.Content.ReadAsStreamAsync();
            await stream.CopyToAsync(Stream.Null).WithinPatience();
        });
        var error = (failure as HttpIOException)?.HttpRequestError ?? (failure as HttpRequestException)?.HttpRequestError;
        Assert.Equal(HttpRequestError.HttpProtocolError, error);
        Assert.Contains("H3_INTERNAL_ERROR", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Review", "D15")]
    public async Task A_request_the_server_rejects_while_its_content_is_read_is_a_failure_of_HTTP()
    {
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            await request.RespondAsync(200);
            await request.Output.WriteAsync(new byte[10]);
            request.Abort(QuicAbortDirection.Write, Http3ErrorCode.RequestRejected);
        });
        using var client = server.CreateClient();
        var failure = await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetByteArrayAsync(server.Uri("/")).WithinPatience());
        Assert.Equal(HttpRequestError.HttpProtocolError, failure.HttpRequestError);
        Assert.Contains("H3_REQUEST_REJECTED", failure.ToString(), StringComparison.Ordinal);
    }

    // The oracle is System.Net.Http's own text of the same headers.
    [Fact]
    [Trait("Review", "X3")]
    public void Every_kind_of_header_is_one_line_joined_by_its_own_separator()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "https://a.test/");
        var headers = message.Headers;
        headers.UserAgent.ParseAdd("Peregrine/1.0 (Linux; x64) dotnet/10.0");
        headers.Accept.ParseAdd("text/html, application/json;q=0.5");
        headers.AcceptEncoding.ParseAdd("gzip, br");
        headers.AcceptLanguage.ParseAdd("de, en;q=0.7");
        headers.AcceptCharset.ParseAdd("utf-8, *;q=0.1");
        headers.CacheControl = CacheControlHeaderValue.Parse("no-cache, max-age=1");
        headers.IfMatch.ParseAdd("\"a\", \"b\"");
        headers.IfNoneMatch.ParseAdd("\"c\", W/\"d\"");
        headers.Via.ParseAdd("1.1 one, 2 two");
        headers.Warning.ParseAdd("199 - \"x\"");
        headers.Pragma.ParseAdd("a, b");
        headers.Trailer.ParseAdd("x, y");
        headers.Range = new RangeHeaderValue(0, 5);
        headers.Date = DateTimeOffset.UnixEpoch;
        headers.From = "a@a.test";
        headers.Referrer = new Uri("https://b.test/x");
        headers.Authorization = new AuthenticationHeaderValue("Bearer", "t");
        headers.Add("X-Own", ["one", "two"]);
        headers.TryAddWithoutValidation("X-Spaced", " padded ");
        headers.TE.ParseAdd("trailers, deflate;q=0.5");
        headers.Add("Cookie", ["a=1", "b=2"]);
        headers.Connection.Add("x-hop");
        headers.Upgrade.ParseAdd("h2c");
        headers.TransferEncodingChunked = true;
        headers.Host = "b.test";

        var sent = HttpMessageMapping.ToRequest(message);
        Assert.Equal("b.test", sent.Authority);
        var expected = headers.ToString().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": ", 2))
            .Select(parts => (Name: parts[0].ToLowerInvariant(), Value: parts[1].Trim()))
            .Where(field => field.Name is not ("te" or "cookie" or "connection" or "upgrade" or "transfer-encoding" or "host"))
            .Select(field => $"{field.Name}: {field.Value}");
        Assert.Equal(
            expected.Concat(["te: trailers", "cookie: a=1", "cookie: b=2"]).Order(StringComparer.Ordinal),
            sent.Headers.Select(field => $"{field.Name}: {field.Value}").Order(StringComparer.Ordinal));
        Assert.Equal("a=1; b=2", sent.Headers.GetCombined("cookie"));
    }

    [Fact]
    [Trait("Review", "X3")]
    public async Task A_header_that_no_wire_can_carry_fails_the_request()
    {
        await using var server = await HandlerServer.StartAsync(request => request.RespondAsync(200, endStream: true).AsTask());
        using var client = server.CreateClient();
        using var message = new HttpRequestMessage(HttpMethod.Get, server.Uri("/"));
        message.Headers.TryAddWithoutValidation("x-own", "\u4e16");
        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(message).WithinPatience());
    }

    [Fact]
    [Trait("Review", "D15")]
    public void Fields_that_are_no_lists_are_not_joined_as_lists()
    {
        var fields = new HttpFields { { "cookie", "a=1" }, { "cookie", "b=2" }, { "set-cookie", "a=1" }, { "x", "1" }, { "x", "2" } };
        Assert.Equal("a=1; b=2", fields.GetCombined("Cookie"));
        Assert.Equal("a=1", fields.GetCombined("Set-Cookie"));
        Assert.Equal("1, 2", fields.GetCombined("X"));
        fields.Add("set-cookie", "b=2");
        Assert.Throws<InvalidOperationException>(() => fields.GetCombined("set-cookie"));
        Assert.Equal("a=1|b=2", string.Join("|", fields.GetValues("set-cookie")));
    }

    // Robustness M5: nothing secret goes where it was not sent.
    [Fact]
    public async Task A_redirect_is_handed_to_the_caller_and_not_followed()
    {
        var requests = 0;
        await using var server = await HandlerServer.StartAsync(request =>
        {
            Interlocked.Increment(ref requests);
            return request.RespondAsync(302, new HttpFields { { "location", "https://b.test/" } }, endStream: true).AsTask();
        });
        using var client = server.CreateClient();
        using var message = new HttpRequestMessage(HttpMethod.Get, server.Uri("/"));
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        using var response = await client.SendAsync(message).WithinPatience();
        Assert.Equal((HttpStatusCode.Redirect, 1), (response.StatusCode, requests));
    }

    [Fact]
    [Trait("Review", "X3")]
    public async Task A_handler_that_is_disposed_says_so_to_the_request_under_way()
    {
        var arrived = new TaskCompletionSource();
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            arrived.SetResult();
            await request.Aborted.WhenCancelledAsync();
        });
        using var handler = new Http3Handler { ServerCertificateHashes = { Http3Pair.CertificateHash } };
        using var invoker = new HttpMessageInvoker(handler);
        using var message = new HttpRequestMessage(HttpMethod.Get, server.Uri("/"));
        var sending = invoker.SendAsync(message, CancellationToken.None);
        await arrived.Task.WithinPatience();
        handler.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => sending.WithinPatience());
    }
}
