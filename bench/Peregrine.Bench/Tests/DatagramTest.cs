using System.Diagnostics;
using Peregrine.Quic;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>Datagrams per second: as fast as the call allows, waiting for room, and sent back by the server.</summary>
internal sealed class DatagramTest : BenchTest
{
    private const int Size = 1000;
    private const double Duration = 5;
    private const double WarmUpDuration = 1;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public override string Name => "dgram";

    public override async Task RunAsync(BenchTarget target, List<TestPart> parts, CancellationToken cancellationToken)
    {
        parts.Add(await OneWayAsync(target, "flood", Flood, cancellationToken));
        parts.Add(await OneWayAsync(target, "waiting", SendWaitingAsync, cancellationToken));
        parts.Add(await EchoedAsync(target, cancellationToken));
    }

    private static async Task<TestPart> OneWayAsync(
        BenchTarget target, string name, Func<WebTransportSession, double, CancellationToken, ValueTask<long>> send, CancellationToken cancellationToken)
    {
        await using var session = await target.ConnectAsync(SessionPath.Count, cancellationToken);
        await send(session, target.ScaledSeconds(WarmUpDuration), cancellationToken);
        var before = await CountWhenQuietAsync(session, cancellationToken);
        var measurement = new Measurement(target);
        var sent = await send(session, target.ScaledSeconds(Duration), cancellationToken);
        var part = measurement.Finish(name, _ => []);
        var received = await CountWhenQuietAsync(session, cancellationToken) - before;
        return part with { Figures = Rates(sent, received, part.Seconds) };
    }

    private static async Task<TestPart> EchoedAsync(BenchTarget target, CancellationToken cancellationToken)
    {
        await using var session = await target.ConnectAsync(SessionPath.Echo, cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var received = new Counter();
        var receiving = ReceiveAsync(session, received, over.Token);
        await SendWaitingAsync(session, target.ScaledSeconds(WarmUpDuration), cancellationToken);

        var before = received.Value;
        var measurement = new Measurement(target);
        var sent = await SendWaitingAsync(session, target.ScaledSeconds(Duration), cancellationToken);
        var part = measurement.Finish("echoed", seconds => Rates(sent, received.Value - before, seconds));
        await over.CancelAsync();
        await receiving;
        return part;
    }

    private static IReadOnlyList<Figure> Rates(long sent, long received, double seconds) =>
    [
        new("sent_per_second", "sent/s", sent / seconds),
        new("received_per_second", "received/s", received / seconds),
    ];

    private static ValueTask<long> Flood(WebTransportSession session, double seconds, CancellationToken cancellationToken)
    {
        var datagram = new byte[Size];
        var started = Stopwatch.GetTimestamp();
        long taken = 0;
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds && !cancellationToken.IsCancellationRequested)
        {
            var result = session.TrySendDatagram(datagram);
            if (result == WebTransportDatagramResult.Queued)
                taken++;
            else if (result != WebTransportDatagramResult.Full)
                throw new InvalidOperationException($"A datagram of {Size} bytes was not taken: {result}.");
        }

        return ValueTask.FromResult(taken);
    }

    private static async ValueTask<long> SendWaitingAsync(WebTransportSession session, double seconds, CancellationToken cancellationToken)
    {
        var datagram = new byte[Size];
        var started = Stopwatch.GetTimestamp();
        long sent = 0;
        for (; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; sent++)
            await session.SendDatagramAsync(datagram, cancellationToken);
        return sent;
    }

    private static async Task ReceiveAsync(WebTransportSession session, Counter received, CancellationToken over)
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                await session.ReceiveDatagramAsync(buffer, over);
                received.Value++;
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    // What is under way when sending ends still counts; the server is asked until it has no more to tell.
    private static async Task<long> CountWhenQuietAsync(WebTransportSession session, CancellationToken cancellationToken)
    {
        for (long last = -1; ;)
        {
            var count = await session.CountDatagramsAsync(cancellationToken);
            if (count == last)
                return count;
            last = count;
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private sealed class Counter
    {
        private long _value;

        public long Value
        {
            get => Volatile.Read(ref _value);
            set => Volatile.Write(ref _value, value);
        }
    }
}
