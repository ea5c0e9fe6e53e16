using System.Diagnostics;

namespace Peregrine.Bench;

/// <summary>A server in a process of its own: this program again. Owns the process, which never outlives the object.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private ServerProcess(Process process, ServerAnnouncement announcement)
    {
        _process = process;
        Announcement = announcement;
    }

    public ServerAnnouncement Announcement { get; }

    public static async Task<ServerProcess> StartAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        var process = Process.Start(CreateStartInfo(options)) ?? throw new InvalidOperationException("The server did not start.");
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(limit.Token) ?? "";
            return ServerAnnouncement.TryParse(line, out var announcement)
                ? new ServerProcess(process, announcement)
                : throw new InvalidOperationException($"The server's first line announces no server: '{line}'.");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Asks the server to stop by ending its input; kills it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        finally
        {
            _process.Dispose();
        }
    }

    private static ProcessStartInfo CreateStartInfo(BenchOptions options)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };

        // Under `dotnet Peregrine.Bench.dll` the process is the host, and the program its first argument.
        if (Path.GetFileNameWithoutExtension(program) is "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Peregrine.Bench.dll"));
        start.ArgumentList.Add("server");
        start.ArgumentList.Add("--exit-with-input");
        if (options.IsPortable)
            start.ArgumentList.Add("--portable");
        return start;
    }
}
