namespace Peregrine.Quic.Tests;

/// <summary>Steady state takes no memory: neither packets nor waits leave garbage.</summary>
[Collection(AloneCollection.Name)]
public sealed class AllocationTests
{
    private const int Rounds = 2000;

    /// <summary>Far below one object a round; timers, tiering and the pools of async methods on new threads take a little.</summary>
#if DEBUG
    private const long Tolerated = Rounds * 800; // unoptimised async methods are objects
#else
    private const long Tolerated = Rounds * 16;
#endif

    [Fact]
    public async Task Bytes_back_and_forth_on_a_stream_allocate_nothing()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var echo = Task.Run(async () =>
        {
            var buffer = new byte[100];
            while (await server.ReadAsync(buffer) is > 0 and var count)
                await server.WriteAsync(buffer.AsMemory(0, count));
        });
        var message = new byte[64];
        await PingAsync(client, message, Rounds);
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5 && least > Tolerated; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await PingAsync(client, message, Rounds);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        client.CompleteWrites();
        await echo.WaitAsync(QuicPair.Patience);
        Assert.InRange(least, 0, Tolerated);
    }

    [Fact]
    public async Task Datagrams_allocate_nothing()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var buffer = new byte[2000];
        await ExchangeAsync(pair, buffer, Rounds);
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5 && least > Tolerated; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await ExchangeAsync(pair, buffer, Rounds);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least, 0, Tolerated);
    }

    private static async Task PingAsync(QuicStream stream, byte[] message, int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            await stream.WriteAsync(message);
            var received = 0;
            while (received < message.Length)
                received += await stream.ReadAsync(message.AsMemory(received));
        }
    }

    private static async Task ExchangeAsync(QuicPair pair, byte[] buffer, int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            await pair.Client.SendDatagramAsync(buffer.AsMemory(0, 1000));
            await pair.Server.ReceiveDatagramAsync(buffer);
        }
    }
}
