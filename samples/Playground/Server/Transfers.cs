using System.Buffers.Binary;
using System.Diagnostics;
using Peregrine.WebTransport;

namespace Playground;

/// <summary>The server's half of the transfers that measure throughput.</summary>
internal static class Transfers
{
    private static readonly TimeSpan LongestDownload = TimeSpan.FromSeconds(30);

    /// <summary>Reads to the end and answers how much there was.</summary>
    public static async Task CountAsync(WebTransportStream stream)
    {
        var buffer = new byte[Exchange.Block.Length];
        var count = 0UL;
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            count += (ulong)read;
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, count);
        await stream.WriteAsync(buffer.AsMemory(0, sizeof(ulong)), completeWrites: true);
    }

    /// <summary>Sends as many bytes as the client asks for.</summary>
    public static async Task SendAsync(WebTransportStream stream)
    {
        var wanted = new byte[sizeof(ulong)];
        await stream.ReadExactlyAsync(wanted);
        for (var left = BinaryPrimitives.ReadUInt64LittleEndian(wanted); left > 0;)
        {
            var block = Exchange.Block[..(int)Math.Min(left, (ulong)Exchange.Block.Length)];
            await stream.WriteAsync(block);
            left -= (ulong)block.Length;
        }
    }

    /// <summary>Sends for as long as the client asks, and then how much it was.</summary>
    public static async Task SendForAsync(WebTransportStream stream)
    {
        var wanted = new byte[sizeof(uint)];
        await stream.ReadExactlyAsync(wanted);
        var time = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(wanted));
        if (time > LongestDownload)
            time = LongestDownload;

        var count = 0UL;
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time; count += (ulong)Exchange.Block.Length)
            await stream.WriteAsync(Exchange.Block);
        var total = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(total, count);
        await stream.WriteAsync(total, completeWrites: true);
    }
}
