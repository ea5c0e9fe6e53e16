using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Peregrine.Browser.Tests;

/// <summary>A sample, run as a person would run it, and what it prints. Killed at the end if it has not ended by itself.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new();
    private readonly List<(Regex Pattern, TaskCompletionSource<Match> Seen)> _awaited = [];

    private SampleProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (_lock)
                return _output.ToString();
        }
    }

    /// <param name="sample">The name of its assembly.</param>
    /// <param name="arguments">Its command line.</param>
    public static SampleProcess Start(string sample, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, sample + ".dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        return new SampleProcess(Process.Start(start)!);
    }

    /// <summary>Waits until the output has what the pattern describes.</summary>
    public async Task<Match> SaysAsync(string pattern)
    {
        var awaited = (Pattern: new Regex(pattern), Seen: new TaskCompletionSource<Match>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            _awaited.Add(awaited);
            LookAgain();
        }

        try
        {
            return await awaited.Seen.Task.WaitAsync(BrowserHost.Limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"The sample did not say /{pattern}/ but:{Environment.NewLine}{Output}", late);
        }
    }

    /// <summary>Sends the signal of Ctrl-C.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end; the output is complete then.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(BrowserHost.Limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (_lock)
        {
            _output.AppendLine(line);
            LookAgain();
        }
    }

    private void LookAgain()
    {
        var text = _output.ToString();
        foreach (var (pattern, seen) in _awaited)
        {
            if (pattern.Match(text) is { Success: true } match)
                seen.TrySetResult(match);
        }
    }
}
