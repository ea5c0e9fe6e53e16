using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>
/// Runs the tests one after the other, each against a server process of its own unless one was named, and prints what they gave.
/// </summary>
internal static class BenchRun
{
    /// <summary>Returns the exit code: 0 when every test ended as it should, 1 otherwise.</summary>
    public static async Task<int> RunAsync(BenchOptions options, CancellationToken interrupted)
    {
        var results = new List<TestResult>();
        foreach (var test in options.Tests)
        {
            if (interrupted.IsCancellationRequested)
                break;
            if (!options.IsJson)
                await Console.Error.WriteLineAsync($"{test.Name}…");
            var result = await RunAsync(test, options, interrupted);
            results.Add(result);
            if (options.IsJson)
                Console.WriteLine(result.ToJson());
        }

        if (!options.IsJson)
        {
            ResultTable.Write(Console.Out, results);
            Console.WriteLine();
            foreach (var result in results)
                Console.WriteLine(result.ToJson());
        }

        return interrupted.IsCancellationRequested || results.Exists(result => result.Failure is not null) ? 1 : 0;
    }

    private static async Task<TestResult> RunAsync(BenchTest test, BenchOptions options, CancellationToken interrupted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        limit.CancelAfter(options.Timeout);
        var parts = new List<TestPart>();
        try
        {
            await using var server = options.Command == BenchCommand.Both ? await ServerProcess.StartAsync(options, limit.Token) : null;
            var target = server is null ? BenchTarget.Of(options) : BenchTarget.Of(server.Announcement, options);
            await test.RunAsync(target, parts, limit.Token);
            return new TestResult(test.Name, parts, null);
        }
        catch (OperationCanceledException)
        {
            return new TestResult(test.Name, parts, interrupted.IsCancellationRequested ? "interrupted" : $"not done after {options.Timeout.TotalSeconds} seconds");
        }
        catch (Exception error) when (error is WebTransportException or InvalidOperationException or IOException)
        {
            return new TestResult(test.Name, parts, error.InnerException is { } cause ? $"{error.Message} ({cause.Message})" : error.Message);
        }
    }
}
