using System.Buffers.Binary;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>Throughput of one stream, up and down.</summary>
internal sealed class BulkTest : BenchTest
{
    private const int Size = 512 << 20;
    private const int WarmUpSize = 64 << 20;
    private const int ChunkSize = 64 * 1024;

    public override string Name => "bulk";

    public override async Task RunAsync(BenchTarget target, List<TestPart> parts, CancellationToken cancellationToken)
    {
        await using var session = await target.ConnectAsync(SessionPath.Count, cancellationToken);
        var size = target.Scaled(Size);
        var buffer = new byte[ChunkSize];

        await UploadAsync(session, buffer, target.Scaled(WarmUpSize), cancellationToken);
        var measurement = new Measurement(target);
        await UploadAsync(session, buffer, size, cancellationToken);
        parts.Add(measurement.Finish("upload", seconds => [Throughput(size, seconds)]));

        await DownloadAsync(session, buffer, target.Scaled(WarmUpSize), cancellationToken);
        measurement = new Measurement(target);
        await DownloadAsync(session, buffer, size, cancellationToken);
        parts.Add(measurement.Finish("download", seconds => [Throughput(size, seconds)]));
    }

    private static Figure Throughput(long bytes, double seconds) => new("gbit_per_second", "Gbit/s", bytes * 8 / seconds / 1e9, 2);

    private static async ValueTask UploadAsync(WebTransportSession session, byte[] buffer, long size, CancellationToken cancellationToken)
    {
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        await stream.WriteAsync(new[] { StreamKind.Upload }, cancellationToken);
        for (var remaining = size; remaining > 0;)
        {
            var length = (int)Math.Min(remaining, buffer.Length);
            remaining -= length;
            await stream.WriteAsync(buffer.AsMemory(0, length), completeWrites: remaining == 0, cancellationToken);
        }

        var answer = new byte[sizeof(long)];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        await stream.ReadToEndAsync(new byte[1], cancellationToken);
        Check("the server counted", BinaryPrimitives.ReadInt64LittleEndian(answer), size);
    }

    private static async ValueTask DownloadAsync(WebTransportSession session, byte[] buffer, long size, CancellationToken cancellationToken)
    {
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        var request = new byte[1 + sizeof(long)];
        request[0] = StreamKind.Download;
        BinaryPrimitives.WriteInt64LittleEndian(request.AsSpan(1), size);
        await stream.WriteAsync(request, completeWrites: true, cancellationToken);
        Check("the server sent", await stream.ReadToEndAsync(buffer, cancellationToken), size);
    }

    private static void Check(string what, long count, long expected)
    {
        if (count != expected)
            throw new InvalidOperationException($"Of {expected} bytes, {what} {count}.");
    }
}
