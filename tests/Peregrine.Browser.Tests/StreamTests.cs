using System.Security.Cryptography;
using System.Text.Json;
using Peregrine.Quic;
using Peregrine.WebTransport;

namespace Peregrine.Browser.Tests;

/// <summary>Streams between a browser and the listener: both kinds, both directions, whole and aborted.</summary>
public sealed class StreamTests(BrowserHost browsers)
{
    public static TheoryData<BrowserKind> Browsers => [BrowserKind.Chromium, BrowserKind.Firefox];

    [Theory]
    [InlineData(BrowserKind.Chromium, 1, 1 << 20), InlineData(BrowserKind.Chromium, 20, 50_000)]
    [InlineData(BrowserKind.Firefox, 1, 1 << 20), InlineData(BrowserKind.Firefox, 20, 50_000)]
    public async Task Bidirectional_streams_echo(BrowserKind kind, int streams, int length)
    {
        var page = browsers.Start(kind, "bidirectionalEcho", new { length, streams });
        await using var session = await page.AcceptAsync();

        // All are open at once before the first is answered.
        var accepted = new List<WebTransportStream>();
        while (accepted.Count < streams)
            accepted.Add(await page.InTimeAsync(session.AcceptBidirectionalStreamAsync()));
        var echoed = await page.InTimeAsync(Task.WhenAll(accepted.Select(EchoAsync)));
        var report = await page.ReportAsync();

        var digests = report.GetProperty("digests").EnumerateArray().ToArray();
        Assert.All(digests, digest => Assert.Equal(length, digest.GetProperty("length").GetInt32()));
        Assert.All(digests, digest => Assert.Equal(digest.GetProperty("sent").GetString(), digest.GetProperty("back").GetString()));
        Assert.Equal(digests.Select(digest => digest.GetProperty("sent").GetString()).Order(StringComparer.Ordinal), echoed.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Browsers))]
    public async Task Unidirectional_streams_go_both_ways(BrowserKind kind)
    {
        var page = browsers.Start(kind, "unidirectionalBothWays", new { length = 300_000 });
        await using var session = await page.AcceptAsync();
        await using var incoming = await page.InTimeAsync(session.AcceptUnidirectionalStreamAsync());
        var received = await page.InTimeAsync(Content.ReadToEndAsync(incoming));
        await using (var outgoing = await session.OpenUnidirectionalStreamAsync())
            await outgoing.WriteAsync(received, completeWrites: true);
        var report = await page.ReportAsync();

        Assert.False(incoming.CanWrite);
        Assert.Equal(300_000, report.GetProperty("length").GetInt32());
        Assert.Equal(Content.Digest(received), report.GetProperty("sent").GetString());
        Assert.Equal(Content.Digest(received), report.GetProperty("back").GetString());
    }

    [Theory, MemberData(nameof(Browsers))]
    public async Task The_server_opens_streams_of_both_kinds(BrowserKind kind)
    {
        var page = browsers.Start(kind, "openedByServer");
        await using var session = await page.AcceptAsync();
        var oneWay = RandomNumberGenerator.GetBytes(200_000);
        var bothWays = RandomNumberGenerator.GetBytes(200_000);
        await using (var unidirectional = await session.OpenUnidirectionalStreamAsync())
            await unidirectional.WriteAsync(oneWay, completeWrites: true);
        await using var bidirectional = await session.OpenBidirectionalStreamAsync();
        await bidirectional.WriteAsync(bothWays, completeWrites: true);
        var answer = await page.InTimeAsync(Content.ReadToEndAsync(bidirectional));
        var report = await page.ReportAsync();

        Assert.Equal("heard you"u8.ToArray(), answer);
        Assert.Equal(Content.Digest(oneWay), report.GetProperty("unidirectional").GetString());
        Assert.Equal(Content.Digest(bothWays), report.GetProperty("bidirectional").GetString());
    }

    // draft-ietf-webtrans-http3 §4.4; 29 and 30 stand on both sides of a code that HTTP/3 reserves, and draft 02 has eight bits.
    [Theory]
    [InlineData(BrowserKind.Chromium, 0), InlineData(BrowserKind.Chromium, 29), InlineData(BrowserKind.Chromium, 30), InlineData(BrowserKind.Chromium, 255)]
    [InlineData(BrowserKind.Firefox, 0), InlineData(BrowserKind.Firefox, 29), InlineData(BrowserKind.Firefox, 30), InlineData(BrowserKind.Firefox, 255)]
    public async Task The_page_resets_with_its_code(BrowserKind kind, int code)
    {
        var page = browsers.Start(kind, "resetByPage", new { code });
        await using var session = await page.AcceptAsync();
        await using var stream = await page.InTimeAsync(session.AcceptBidirectionalStreamAsync());
        var buffer = new byte[1];
        Assert.Equal(1, await page.InTimeAsync(stream.ReadAsync(buffer)));
        await stream.WriteAsync(buffer);
        var reset = await Assert.ThrowsAsync<WebTransportException>(() => page.InTimeAsync(Content.ReadToEndAsync(stream)));
        await session.CloseAsync(5, "seen");
        var report = await page.ReportAsync();

        Assert.Equal((WebTransportError.StreamAborted, (uint)code), (reset.Error, reset.ErrorCode ?? uint.MaxValue));
        Assert.Equal(5, report.GetProperty("closeCode").GetInt32());
    }

    // Firefox ESR 153 sends no STOP_SENDING when a page cancels a stream: the server hears nothing there.
    [Theory, InlineData(BrowserKind.Chromium, 0), InlineData(BrowserKind.Chromium, 29), InlineData(BrowserKind.Chromium, 255)]
    public async Task The_page_stops_with_its_code(BrowserKind kind, int code)
    {
        var page = browsers.Start(kind, "stopByPage", new { code });
        await using var session = await page.AcceptAsync();
        await using var stream = await page.InTimeAsync(session.AcceptBidirectionalStreamAsync());
        var buffer = new byte[1];
        Assert.Equal(1, await page.InTimeAsync(stream.ReadAsync(buffer)));
        await stream.WriteAsync(buffer);
        var stopped = await Assert.ThrowsAsync<WebTransportException>(() => stream.WritesClosed.WaitAsync(BrowserHost.Limit));
        await session.CloseAsync(5, "seen");
        var report = await page.ReportAsync();

        Assert.Equal((WebTransportError.StreamAborted, (uint)code), (stopped.Error, stopped.ErrorCode ?? uint.MaxValue));
        Assert.Equal(5, report.GetProperty("closeCode").GetInt32());
    }

    [Theory]
    [InlineData(BrowserKind.Chromium, 0, 29), InlineData(BrowserKind.Chromium, 30, 255)]
    [InlineData(BrowserKind.Firefox, 0, 29), InlineData(BrowserKind.Firefox, 30, 255)]
    public async Task The_server_resets_and_stops_with_its_codes(BrowserKind kind, int resetCode, int stopCode)
    {
        var page = browsers.Start(kind, "abortByServer");
        await using var session = await page.AcceptAsync();
        await using var resetting = await page.InTimeAsync(session.AcceptBidirectionalStreamAsync());
        Assert.Equal(1, await page.InTimeAsync(resetting.ReadAsync(new byte[1])));
        resetting.Abort(WebTransportAbortDirection.Write, (uint)resetCode);
        await using var stopping = await page.InTimeAsync(session.AcceptBidirectionalStreamAsync());
        Assert.Equal(1, await page.InTimeAsync(stopping.ReadAsync(new byte[1])));
        stopping.Abort(WebTransportAbortDirection.Read, (uint)stopCode);
        var report = await page.ReportAsync();

        AssertAborted(report.GetProperty("stopped"), stopCode);
        var reset = report.GetProperty("reset");
        if (reset.GetProperty("name").GetString() is "TypeError")
            Assert.Equal(BrowserKind.Firefox, kind);       // ESR 153 knows that the stream failed, and does not say how
        else
            AssertAborted(reset, resetCode);
    }

    private static void AssertAborted(JsonElement outcome, int code)
    {
        Assert.Equal("WebTransportError", outcome.GetProperty("name").GetString());
        Assert.Equal("stream", outcome.GetProperty("source").GetString());
        Assert.Equal(code, outcome.GetProperty("streamErrorCode").GetInt32());
    }

    private static async Task<string> EchoAsync(WebTransportStream stream)
    {
        await using (stream)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[16384];
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                await stream.WriteAsync(buffer.AsMemory(0, read));
            }

            stream.CompleteWrites();
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }
}
