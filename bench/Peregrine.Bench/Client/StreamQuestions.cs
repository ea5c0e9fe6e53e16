using System.Buffers.Binary;
using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>The streams of the protocol that tests open in passing.</summary>
internal static class StreamQuestions
{
    /// <summary>How many datagrams the server has received in this session.</summary>
    public static async ValueTask<long> CountDatagramsAsync(this WebTransportSession session, CancellationToken cancellationToken)
    {
        await using var stream = await session.OpenBidirectionalStreamAsync(cancellationToken);
        await stream.WriteAsync(new[] { StreamKind.Statistics }, completeWrites: true, cancellationToken);
        var answer = new byte[2 * sizeof(long)];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        await stream.ReadToEndAsync(new byte[1], cancellationToken);
        return BinaryPrimitives.ReadInt64LittleEndian(answer);
    }

    /// <summary>Reads and drops what comes until the stream's end; returns how much that was.</summary>
    public static async ValueTask<long> ReadToEndAsync(this WebTransportStream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long total = 0;
        int length;
        while ((length = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            total += length;
        return total;
    }
}
