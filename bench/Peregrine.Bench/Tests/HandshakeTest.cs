using System.Diagnostics;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>New connections, each with a session: one after the other, then several at once.</summary>
internal sealed class HandshakeTest : BenchTest
{
    private const int Count = 300;
    // As many again as the test, since the runtime is still compiling during the first hundreds.
    private const int WarmUpCount = 300;
    private const int AtOnce = 16;

    public override string Name => "hs";

    public override async Task RunAsync(BenchTarget target, List<TestPart> parts, CancellationToken cancellationToken)
    {
        var count = target.Scaled(Count);
        await ConnectAsync(target, target.Scaled(WarmUpCount), atOnce: 1, cancellationToken);
        parts.Add(await ConnectAsync(target, count, atOnce: 1, cancellationToken));
        parts.Add(await ConnectAsync(target, count, AtOnce, cancellationToken));
    }

    private static async Task<TestPart> ConnectAsync(BenchTarget target, int count, int atOnce, CancellationToken cancellationToken)
    {
        var measurement = new Measurement(target);
        var run = new ConnectRun(target, count, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(run.ConnectOneByOneAsync, cancellationToken)));
        return measurement.Finish(atOnce == 1 ? "sequential" : $"{atOnce} at once", seconds =>
        [
            new("p50_ms", "ms p50", run.Times.Microseconds(0.5) / 1000, 2),
            new("per_second", "per second", run.Times.Count / seconds),
            new("failures", "failures", run.Failures),
        ]);
    }

    /// <summary>A number of connections that several tasks make together. Owns the times and the count of failures.</summary>
    private sealed class ConnectRun(BenchTarget target, int count, CancellationToken cancellationToken)
    {
        private readonly Lock _gate = new();
        private int _begun;

        public Latencies Times { get; } = new(count);

        public int Failures { get; private set; }

        public async Task ConnectOneByOneAsync()
        {
            while (Interlocked.Increment(ref _begun) <= count)
            {
                try
                {
                    var started = Stopwatch.GetTimestamp();
                    await using var session = await target.ConnectAsync(SessionPath.Count, cancellationToken);
                    lock (_gate)
                        Times.Add(started);
                }
                catch (WebTransportException)
                {
                    lock (_gate)
                        Failures++;
                }
            }
        }
    }
}
