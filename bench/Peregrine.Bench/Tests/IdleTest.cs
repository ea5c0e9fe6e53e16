using System.Collections.Concurrent;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>What sessions that do nothing cost the server in memory.</summary>
internal sealed class IdleTest : BenchTest
{
    private const int Count = 1_000;
    private const int WarmUpCount = 50;
    private const int AtOnce = 16;
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(3);

    public override string Name => "idle";

    public override async Task RunAsync(BenchTarget target, List<TestPart> parts, CancellationToken cancellationToken)
    {
        await CloseAsync(await OpenAsync(target, target.Scaled(WarmUpCount), cancellationToken));
        var before = target.ServerResidentBytes();
        var measurement = new Measurement(target);
        var sessions = await OpenAsync(target, target.Scaled(Count), cancellationToken);
        try
        {
            await Task.Delay(Hold, cancellationToken);
            var alive = sessions.Count(session => !session.Closed.IsCompleted);
            var grown = target.ServerResidentBytes() - before;
            parts.Add(measurement.Finish("sessions", _ =>
            [
                new("sessions", "sessions held", alive),
                .. grown is { } bytes ? [new("kib_per_session", "KiB a session", bytes / 1024 / sessions.Count, 1)] : Array.Empty<Figure>(),
                .. before is { } first ? [new("base_mib", "MiB before", first / 1048576, 1)] : Array.Empty<Figure>(),
            ]));
        }
        finally
        {
            await CloseAsync(sessions);
        }
    }

    private static async Task<IReadOnlyCollection<WebTransportSession>> OpenAsync(BenchTarget target, int count, CancellationToken cancellationToken)
    {
        var sessions = new ConcurrentBag<WebTransportSession>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForAsync(0, count, options, async (_, token) => sessions.Add(await target.ConnectAsync(SessionPath.Count, token)));
            return sessions;
        }
        catch
        {
            await CloseAsync(sessions);
            throw;
        }
    }

    private static Task CloseAsync(IReadOnlyCollection<WebTransportSession> sessions) =>
        Task.WhenAll(sessions.Select(session => session.DisposeAsync().AsTask()));
}
