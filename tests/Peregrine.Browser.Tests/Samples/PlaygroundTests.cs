using System.Globalization;
using Peregrine.WebTransport;

namespace Peregrine.Browser.Tests;

/// <summary>The playground as a whole: its page in both browsers, its client, and its end.</summary>
public sealed class PlaygroundTests
{
    private const int ExchangesOfPage = 7;
    private const int ExchangesOfClient = 12;

    [Theory, InlineData(BrowserKind.Chromium), InlineData(BrowserKind.Firefox)]
    public async Task The_page_runs_every_exchange(BrowserKind kind)
    {
        var program = BrowserProgram.FindOrSkip(kind);
        await using var playground = SampleProcess.Start("Playground");
        var page = (await playground.SaysAsync(@"page\s+(http://\S+)")).Groups[1].Value;
        await using var browser = BrowserProcess.Start(kind, program, new Uri(page + "/?check"));

        await playground.SaysAsync($@"session 1 closed: by the client, code 0, ""{ExchangesOfPage} of {ExchangesOfPage} succeeded""");
        await playground.InterruptAsync();
        Assert.Equal(0, await playground.ExitCodeAsync());
    }

    [Fact]
    public async Task The_client_runs_every_exchange()
    {
        await using var playground = SampleProcess.Start("Playground");
        var hint = await playground.SaysAsync(@"-- client (https://\S+) --hash ([0-9a-f]{64})");
        await using var client = SampleProcess.Start("Playground", "client", hint.Groups[1].Value, "--hash", hint.Groups[2].Value);

        var exitCode = await client.ExitCodeAsync();
        Assert.True(exitCode == 0, client.Output);
        Assert.Equal(ExchangesOfClient, client.Output.Count(character => character == '✓'));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"All {ExchangesOfClient} succeeded."), client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_fails_against_another_certificate()
    {
        await using var playground = SampleProcess.Start("Playground");
        var hint = await playground.SaysAsync(@"-- client (https://\S+) --hash");
        await using var client = SampleProcess.Start("Playground", "client", hint.Groups[1].Value, "--hash", new string('7', 64));

        Assert.Equal(1, await client.ExitCodeAsync());
        Assert.Contains("No session with", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_closes_every_session_with_a_reason()
    {
        await using var playground = SampleProcess.Start("Playground");
        var hint = await playground.SaysAsync(@"-- client (https://\S+) --hash ([0-9a-f]{64})");
        var options = new WebTransportClientOptions { ServerCertificateHashes = { Convert.FromHexString(hint.Groups[2].Value) } };
        await using var first = await WebTransportClient.ConnectAsync(new Uri(hint.Groups[1].Value), options);
        await using var second = await WebTransportClient.ConnectAsync(new Uri(hint.Groups[1].Value), options);
        await playground.SaysAsync("session 2 from");
        await playground.InterruptAsync();

        foreach (var session in new[] { first, second })
        {
            var closed = await session.Closed.WaitAsync(BrowserHost.Limit);
            Assert.Equal((0u, "the playground was stopped", WebTransportCloseInitiator.Peer), (closed.Code, closed.Reason, closed.Initiator));
        }

        Assert.Equal(0, await playground.ExitCodeAsync());
    }
}
