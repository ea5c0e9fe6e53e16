using System.Diagnostics;

namespace Peregrine.Package.Tests;

/// <summary>Runs programs to their end, or starts one that goes on until it is disposed.</summary>
internal static class Commands
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>What the command printed, when it succeeded.</summary>
    public static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        // Builds are no hurry, and tests of other projects run at the same time.
        using var process = OperatingSystem.IsLinux() && program == "dotnet"
            ? Start(folder, "nice", ["-n", "19", program, .. arguments])
            : Start(folder, program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{program} {string.Join(' ', arguments)}' did not end within {Limit.TotalMinutes} minutes.");
        }

        var text = await output + await errors;
        Assert.True(process.ExitCode == 0, $"'{program} {string.Join(' ', arguments)}' failed:\n{text}");
        return text;
    }

    public static Process Start(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // What the test runner's own build has set is not the user's.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        return Process.Start(start)!;
    }
}
