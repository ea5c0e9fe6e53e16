using System.Security.Cryptography;

namespace Peregrine.Browser.Tests;

/// <summary>
/// The samples, each by its own page in both browsers: the page goes through what it can do and says whether it succeeded.
/// </summary>
public sealed class SampleTests
{
    public static TheoryData<string, BrowserKind> SamplesAndBrowsers
    {
        get
        {
            var all = new TheoryData<string, BrowserKind>();
            foreach (var sample in new[] { "Chat", "Arena", "FileDrop" })
            {
                all.Add(sample, BrowserKind.Chromium);
                all.Add(sample, BrowserKind.Firefox);
            }

            return all;
        }
    }

    [Theory, MemberData(nameof(SamplesAndBrowsers))]
    public async Task The_page_of_a_sample_does_what_it_says(string sample, BrowserKind kind)
    {
        var program = BrowserProgram.FindOrSkip(kind);
        await using var process = SampleProcess.Start(sample);
        var page = (await process.SaysAsync(@"page\s+(http://\S+)")).Groups[1].Value;
        await using var browser = BrowserProcess.Start(kind, program, new Uri(page + "/?check"));

        var verdict = await process.SaysAsync("leaves.*: (succeeded|FAILED)|check (succeeded|FAILED.*): complete");
        Assert.Contains("succeeded", verdict.Value, StringComparison.Ordinal);
        await process.InterruptAsync();
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Fact]
    public async Task A_file_is_sent_from_the_command_line_with_a_bar_of_what_is_acknowledged()
    {
        await using var server = SampleProcess.Start("FileDrop");
        var hint = await server.SaysAsync(@"send FILE (https://\S+) --hash ([0-9a-f]{64})");
        var path = Path.GetTempFileName();
        try
        {
            var content = RandomNumberGenerator.GetBytes(5_000_000);
            await File.WriteAllBytesAsync(path, content);
            await using var client = SampleProcess.Start("FileDrop", "send", path, hint.Groups[1].Value, "--hash", hint.Groups[2].Value);
            var exitCode = await client.ExitCodeAsync();
            Assert.True(exitCode == 0, client.Output);
            Assert.Contains($"complete, sha-256 {Convert.ToHexStringLower(SHA256.HashData(content))}", client.Output, StringComparison.Ordinal);
            await server.SaysAsync("5,000,000 bytes, from 0 on");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
