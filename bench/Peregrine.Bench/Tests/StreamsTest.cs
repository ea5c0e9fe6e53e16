using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>Short bidirectional streams, many at once, on one session.</summary>
internal sealed class StreamsTest : BenchTest
{
    private const int Size = 100;
    private const int Count = 20_000;
    private const int WarmUpCount = 5_000;
    private const int InFlight = 100;

    public override string Name => "streams";

    public override async Task RunAsync(BenchTarget target, List<TestPart> parts, CancellationToken cancellationToken)
    {
        await using var session = await target.ConnectAsync(SessionPath.Count, cancellationToken);
        var count = target.Scaled(Count);
        await EchoAsync(session, target.Scaled(WarmUpCount), cancellationToken);
        var measurement = new Measurement(target);
        await EchoAsync(session, count, cancellationToken);
        parts.Add(measurement.Finish("echo", seconds => [new("per_second", "per second", count / seconds)]));
    }

    private static async Task EchoAsync(WebTransportSession session, int count, CancellationToken cancellationToken)
    {
        var begun = 0;
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(OneByOneAsync, cancellationToken)));

        async Task OneByOneAsync()
        {
            var message = new byte[1 + Size];
            message[0] = StreamKind.Echo;
            var echo = new byte[Size];
            while (Interlocked.Increment(ref begun) <= count)
            {
                await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
                await stream.WriteAsync(message, completeWrites: true, cancellationToken);
                await stream.ReadExactlyAsync(echo, cancellationToken);
                if (await stream.ReadToEndAsync(echo, cancellationToken) != 0)
                    throw new InvalidOperationException("The echo is longer than what was sent.");
            }
        }
    }
}
