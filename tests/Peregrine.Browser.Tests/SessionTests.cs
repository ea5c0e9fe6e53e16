using System.Text;
using System.Text.Json;
using Peregrine.WebTransport;

namespace Peregrine.Browser.Tests;

/// <summary>How sessions begin and end between a browser and the listener.</summary>
public sealed class SessionTests(BrowserHost browsers)
{
    public static TheoryData<BrowserKind> Browsers => [BrowserKind.Chromium, BrowserKind.Firefox];

    [Theory, MemberData(nameof(Browsers))]
    public async Task A_page_connects_by_certificate_hash(BrowserKind kind)
    {
        var page = browsers.Start(kind, "connect");
        await using var session = await page.AcceptAsync();
        await using (var stream = await session.OpenUnidirectionalStreamAsync())
            await stream.WriteAsync("welcome"u8.ToArray(), completeWrites: true);
        var maxDatagramSize = session.MaxDatagramSize;
        var report = await page.ReportAsync();
        var closed = await page.InTimeAsync(session.Closed);

        Assert.Equal("welcome", report.GetProperty("greeting").GetString());
        Assert.InRange(report.GetProperty("maxDatagramSize").GetInt32(), 1000, 65535);
        Assert.InRange(maxDatagramSize, 1000, 65535);
        Assert.Equal((1u, "seen", WebTransportCloseInitiator.Peer), (closed.Code, closed.Reason, closed.Initiator));
    }

    [Theory, MemberData(nameof(Browsers))]
    public async Task A_page_refuses_a_certificate_of_another_hash(BrowserKind kind)
    {
        var page = browsers.Start(kind, "refused", hash: new string('5', 64));
        var report = await page.ReportAsync();

        AssertRefused(report);
        Assert.False(page.HasRequest);
    }

    [Theory]
    [InlineData(BrowserKind.Chromium, 404), InlineData(BrowserKind.Chromium, 403)]
    [InlineData(BrowserKind.Firefox, 404), InlineData(BrowserKind.Firefox, 403)]
    public async Task A_page_hears_that_its_session_was_refused(BrowserKind kind, int status)
    {
        var page = browsers.Start(kind, "refused");
        var request = await page.RequestAsync();
        await request.RejectAsync(status);
        var report = await page.ReportAsync();

        AssertRefused(report);
        Assert.Equal(browsers.OriginOfPages, request.Origin);
        Assert.Equal(page.Authority, request.Authority);
    }

    // draft-ietf-webtrans-http3 §3.2: the default policy lets in pages of the host that was dialled, and 127.0.0.1 is not localhost.
    [Theory, MemberData(nameof(Browsers))]
    public async Task A_page_of_another_host_is_refused_before_the_application(BrowserKind kind)
    {
        var page = browsers.Start(kind, "refused", host: "localhost");
        var report = await page.ReportAsync();

        AssertRefused(report);
        Assert.False(page.HasRequest);
        Assert.Contains(browsers.RefusedOrigins, refused => refused == (browsers.OriginOfPages, page.Authority));
    }

    [Theory, MemberData(nameof(Browsers))]
    public async Task A_page_closes_with_code_and_reason(BrowserKind kind)
    {
        var page = browsers.Start(kind, "closeByPage", new { code = 4_000_000_000u, reason = "das genügt – 足りる" });
        await using var session = await page.AcceptAsync();
        var closed = await page.InTimeAsync(session.Closed);
        await page.ReportAsync();

        Assert.Equal((4_000_000_000u, "das genügt – 足りる", WebTransportCloseInitiator.Peer), (closed.Code, closed.Reason, closed.Initiator));
    }

    [Theory, MemberData(nameof(Browsers))]
    public async Task The_server_closes_with_code_and_reason(BrowserKind kind)
    {
        var reason = new StringBuilder().Insert(0, "ü", 512).ToString();        // the most there may be: 1,024 bytes
        var page = browsers.Start(kind, "closeByServer");
        await using var session = await page.AcceptAsync();
        await session.CloseAsync(4_000_000_001, reason);
        var report = await page.ReportAsync();
        var closed = await page.InTimeAsync(session.Closed);

        Assert.Equal(4_000_000_001u, report.GetProperty("closeCode").GetUInt32());
        Assert.Equal(reason, report.GetProperty("reason").GetString());
        Assert.Equal((4_000_000_001u, reason, WebTransportCloseInitiator.Local), (closed.Code, closed.Reason, closed.Initiator));
    }

    private static void AssertRefused(JsonElement report)
    {
        foreach (var promise in new[] { "ready", "closed" })
        {
            Assert.False(report.GetProperty(promise).GetProperty("resolved").GetBoolean());
            Assert.Equal("session", report.GetProperty(promise).GetProperty("source").GetString());
        }
    }
}
