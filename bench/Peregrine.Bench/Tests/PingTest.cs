using System.Buffers.Binary;
using System.Diagnostics;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>Round trips of 64 bytes, one at a time: on a stream, then by datagrams.</summary>
internal sealed class PingTest : BenchTest
{
    private const int Size = 64;
    private const int Count = 20_000;
    private const int WarmUpCount = 2_000;

    // A datagram that is not back by then was lost.
    private static readonly TimeSpan LossLimit = TimeSpan.FromSeconds(1);

    public override string Name => "ping";

    public override async Task RunAsync(BenchTarget target, List<TestPart> parts, CancellationToken cancellationToken)
    {
        await using var session = await target.ConnectAsync(SessionPath.Echo, cancellationToken);
        await using (var stream = await session.OpenBidirectionalStreamAsync(cancellationToken))
        {
            await stream.WriteAsync(new[] { StreamKind.Echo }, cancellationToken);
            await OnStreamAsync(stream, target.Scaled(WarmUpCount), cancellationToken);
            var measurement = new Measurement(target);
            var trips = await OnStreamAsync(stream, target.Scaled(Count), cancellationToken);
            parts.Add(measurement.Finish("stream", _ => Percentiles(trips)));
            stream.CompleteWrites();
            await stream.ReadToEndAsync(new byte[1], cancellationToken);
        }

        await ByDatagramAsync(session, target.Scaled(WarmUpCount), cancellationToken);
        var second = new Measurement(target);
        var (byDatagram, lost) = await ByDatagramAsync(session, target.Scaled(Count), cancellationToken);
        parts.Add(second.Finish("datagram", _ => [.. Percentiles(byDatagram), new Figure("lost", "lost", lost)]));
    }

    private static IReadOnlyList<Figure> Percentiles(Latencies trips) =>
        [new("p50_us", "µs p50", trips.Microseconds(0.5)), new("p99_us", "µs p99", trips.Microseconds(0.99))];

    private static async Task<Latencies> OnStreamAsync(WebTransportStream stream, int count, CancellationToken cancellationToken)
    {
        var trips = new Latencies(count);
        var message = new byte[Size];
        var echo = new byte[Size];
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(message, i);
            var started = Stopwatch.GetTimestamp();
            await stream.WriteAsync(message, cancellationToken);
            await stream.ReadExactlyAsync(echo, cancellationToken);
            trips.Add(started);
            if (!echo.AsSpan().SequenceEqual(message))
                throw new InvalidOperationException("The echo differs from what was sent.");
        }

        return trips;
    }

    private static async Task<(Latencies Trips, int Lost)> ByDatagramAsync(WebTransportSession session, int count, CancellationToken cancellationToken)
    {
        var trips = new Latencies(count);
        var lost = 0;
        var message = new byte[Size];
        var echo = new byte[65536];
        var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(message, i);
            var started = Stopwatch.GetTimestamp();
            timeout.CancelAfter(LossLimit);
            try
            {
                await session.SendDatagramAsync(message, timeout.Token);
                do
                    await session.ReceiveDatagramAsync(echo, timeout.Token);
                while (!echo.AsSpan(0, Size).SequenceEqual(message));
                trips.Add(started);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                lost++;
                timeout.Dispose();
                timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            }
        }

        timeout.Dispose();
        return (trips, lost);
    }
}
