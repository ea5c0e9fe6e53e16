using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Peregrine.Browser.Tests;

/// <summary>A headless browser with a new profile, and its end: it and its children are killed, the profile is deleted.</summary>
internal sealed class BrowserProcess : IAsyncDisposable
{
    private const int KeptLines = 40;

    private readonly Process _process;
    private readonly string _profile;
    private readonly ConcurrentQueue<string> _lastLines = new();

    private BrowserProcess(Process process, string profile)
    {
        _process = process;
        _profile = profile;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Exited = ExitAsync();
    }

    /// <summary>Done when the browser has ended, by itself or by disposal.</summary>
    public Task Exited { get; }

    /// <summary>The last lines it wrote: where to look when it does not do what it should.</summary>
    public string LastLines => string.Join(Environment.NewLine, _lastLines);

    public static BrowserProcess Start(BrowserKind kind, string program, Uri page)
    {
        var profile = Directory.CreateTempSubdirectory("peregrine-browser-").FullName;
        var start = new ProcessStartInfo(program, BrowserProgram.PrepareArguments(kind, profile, page))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MOZ_CRASHREPORTER_DISABLE"] = "1";
        return new BrowserProcess(Process.Start(start)!, profile);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }

        await Exited;
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A dying child still wrote into it; the folder is in the temporary directory.
        }
    }

    private async Task ExitAsync() => await _process.WaitForExitAsync();

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        _lastLines.Enqueue(line);
        while (_lastLines.Count > KeptLines)
            _lastLines.TryDequeue(out _);
    }
}
