using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>An HttpClient over our handler.</summary>
public sealed class HandlerTests
{
    [Fact]
    public async Task An_http_client_gets_and_posts()
    {
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            await request.RespondAsync(request.Path is "/missing" ? 404 : 200, new HttpFields
            {
                { "content-type", "text/plain" }, { "x-method", request.Method },
                { "x-length", $"{request.ContentLength}" }, { "x-own", request.Headers["x-own"] ?? "" },
            });
            await request.Input.CopyToAsync(request.Output);
            await request.WriteTrailersAsync(new HttpFields { { "digest", "d" } });
        });
        using var client = server.CreateClient();

        using var missing = await client.GetAsync(server.Uri("/missing")).WithinPatience();
        Assert.Equal((HttpStatusCode.NotFound, HttpVersion.Version30), (missing.StatusCode, missing.Version));

        var content = new string('x', 300_000);
        using var message = new HttpRequestMessage(HttpMethod.Post, server.Uri("/")) { Content = new StringContent(content) };
        message.Headers.Add("X-Own", "own");
        using var response = await client.SendAsync(message).WithinPatience();
        Assert.Equal(content, await response.Content.ReadAsStringAsync().WithinPatience());
        Assert.Equal("POST 300000 own", $"{Header(response, "x-method")} {Header(response, "x-length")} {Header(response, "x-own")}");
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("d", string.Join(",", response.TrailingHeaders.GetValues("digest")));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Content_that_fails_fails_the_request_with_its_reason()
    {
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            await request.Input.CopyToAsync(Stream.Null);
            await request.RespondAsync(200, endStream: true);
        });
        using var client = server.CreateClient();
        using var content = new StreamContent(new FailingStream());
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => client.PostAsync(server.Uri("/"), content).WithinPatience());
        Assert.Contains("the content broke", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_early_answer_ends_the_upload()
    {
        await using var server = await HandlerServer.StartAsync(request => request.RespondAsync(413, endStream: true).AsTask());
        using var client = server.CreateClient();
        using var content = new ByteArrayContent(new byte[8 << 20]);
        using var response = await client.PostAsync(server.Uri("/"), content).WithinPatience();
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task After_a_GOAWAY_the_next_request_uses_a_new_connection()
    {
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            await request.RespondAsync(200, endStream: true);
            await request.Connection.GoAwayAsync();
        });
        using var client = server.CreateClient();
        for (var i = 1; i <= 3; i++)
        {
            using var response = await client.GetAsync(server.Uri("/")).WithinPatience();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.InRange(server.Connections, 1, 3);
    }

    [Fact]
    public async Task A_cancelled_request_is_cancelled_on_the_server()
    {
        var aborted = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var server = await HandlerServer.StartAsync(async request =>
        {
            arrived.SetResult();
            await request.Aborted.WhenCancelledAsync();
            aborted.SetResult();
        });
        using var client = server.CreateClient();
        using var cancellation = new CancellationTokenSource();
        var getting = client.GetAsync(server.Uri("/"), cancellation.Token);
        await arrived.Task.WithinPatience();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => getting.WithinPatience());
        await aborted.Task.WithinPatience();
    }

    [Fact]
    public async Task Plain_http_is_refused()
    {
        using var client = new HttpClient(new Http3Handler());
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetAsync(new Uri("http://localhost/")));
    }

    private static string Header(HttpResponseMessage response, string name) => string.Join(",", response.Headers.GetValues(name));

    private sealed class FailingStream : MemoryStream
    {
        private int _reads;

        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _reads++ == 0 ? ValueTask.FromResult(buffer.Length) : ValueTask.FromException<int>(new IOException("the content broke"));

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            var buffer = new byte[bufferSize];
            while (true)
                await destination.WriteAsync(buffer.AsMemory(0, await ReadAsync(buffer, cancellationToken)), cancellationToken);
        }
    }
}
