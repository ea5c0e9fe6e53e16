using Peregrine.WebTransport;

namespace Peregrine.Browser.Tests;

/// <summary>Datagrams between a browser and the listener.</summary>
public sealed class DatagramTests(BrowserHost browsers)
{
    [Theory]
    [InlineData(BrowserKind.Chromium, 100), InlineData(BrowserKind.Chromium, 1000)]
    [InlineData(BrowserKind.Firefox, 100), InlineData(BrowserKind.Firefox, 1000)]
    public async Task Datagrams_come_back_as_they_were_sent(BrowserKind kind, int size)
    {
        const int Count = 50;
        var page = browsers.Start(kind, "datagramEcho", new { count = Count, size });
        await using var session = await page.AcceptAsync();
        var echo = EchoAsync(session);
        var report = await page.ReportAsync();
        await page.InTimeAsync(session.Closed);
        var seen = await page.InTimeAsync(echo);

        Assert.Equal(0, report.GetProperty("wrong").GetInt32());
        Assert.Equal(Enumerable.Range(0, Count), seen.Keys.Order());
        Assert.All(seen.Values, length => Assert.Equal(size, length));
    }

    // Until the page closes the session: the first byte of each datagram, and its length.
    private static async Task<SortedDictionary<int, int>> EchoAsync(WebTransportSession session)
    {
        var seen = new SortedDictionary<int, int>();
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var length = await session.ReceiveDatagramAsync(buffer);
                seen[buffer[0]] = length;
                session.TrySendDatagram(buffer.AsSpan(0, length));
            }
        }
        catch (WebTransportException)
        {
            return seen;
        }
    }
}
