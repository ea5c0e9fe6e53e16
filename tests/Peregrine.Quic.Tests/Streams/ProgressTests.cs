namespace Peregrine.Quic.Tests;

/// <summary>Writing with certainty, with progress, with a time limit, and in order of urgency.</summary>
public sealed class ProgressTests
{
    [Fact]
    public async Task Completing_waits_for_the_acknowledgement_of_everything()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var before = server.GetStatistics();
        await client.WriteAsync(new byte[40_000]).WithinPatience();
        await client.CompleteAsync().WithinPatience();
        Assert.Equal(client.GetStatistics().BytesWritten, client.BytesAcknowledged);
        Assert.Equal(40_000, server.GetStatistics().BytesReceived - before.BytesReceived);
        Assert.Equal(before.BytesRead, server.GetStatistics().BytesRead);
        await server.ReadExactlyAsync(new byte[100]).WithinPatience();
        Assert.Equal(100, server.GetStatistics().BytesRead - before.BytesRead);
    }

    [Fact]
    public async Task Completing_tells_when_the_peer_stopped_reading()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var writing = client.WriteAsync(new byte[20_000_000]).AsTask();
        server.Abort(QuicAbortDirection.Read, 9);
        await Assert.ThrowsAsync<QuicException>(() => writing.WaitAsync(QuicPair.Patience));
        var error = await Assert.ThrowsAsync<QuicException>(() => client.CompleteAsync().WithinPatience());
        Assert.Equal(9, error.ApplicationErrorCode);
    }

    [Fact]
    public async Task A_write_with_a_time_limit_loses_no_count()
    {
        await using var pair = await ConnectWithLimitsAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var taken = await FillAsync(client);
        Assert.Equal(0, client.TryWrite([1]));

        using var limit = new CancellationTokenSource();
        var waiting = client.WaitToWriteAsync(limit.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(QuicPair.Patience));

        var reading = server.CopyToAsync(Stream.Null);
        await client.WaitToWriteAsync().WithinPatience();
        taken += client.TryWrite(new byte[10]);
        await client.CompleteAsync().WithinPatience();
        await reading.WaitAsync(QuicPair.Patience);
        Assert.Equal(taken, server.GetStatistics().BytesRead);
    }

    [Fact]
    public async Task Whoever_waits_for_room_hears_that_the_peer_stopped_reading()
    {
        await using var pair = await ConnectWithLimitsAsync();
        var (client, server) = await pair.OpenStreamAsync();
        await FillAsync(client);

        var waiting = client.WaitToWriteAsync().AsTask();
        server.Abort(QuicAbortDirection.Read, 4);
        var error = await Assert.ThrowsAsync<QuicException>(() => waiting.WaitAsync(QuicPair.Patience));
        Assert.Equal(4, error.ApplicationErrorCode);
    }

    [Fact]
    public async Task The_urgent_stream_arrives_before_the_one_that_was_there_first()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (bulk, bulkEnd) = await pair.OpenStreamAsync();
        var (urgent, urgentEnd) = await pair.OpenStreamAsync();
        urgent.Priority = 1;
        Assert.Equal((0, 1), (bulk.Priority, urgent.Priority));
        var filling = bulk.WriteAsync(new byte[30_000_000], completeWrites: true).AsTask();
        var draining = bulkEnd.CopyToAsync(Stream.Null);
        await urgent.WriteAsync(new byte[200_000], completeWrites: true).WithinPatience();
        await urgentEnd.CopyToAsync(Stream.Null).WaitAsync(QuicPair.Patience);
        Assert.False(filling.IsCompleted && draining.IsCompleted);
        await draining.WaitAsync(QuicPair.Patience);
    }

    // The peer's credit and the send buffer are all that there is room for, and neither grows.
    private const int Credit = 100_000;
    private const int Buffer = 16 * 1024;

    private static Task<QuicPair> ConnectWithLimitsAsync() => QuicPair.ConnectAsync(
        client: static options => options.MaxStreamSendBuffer = Buffer,
        server: static options => options.InitialReceiveWindowSizes.RemotelyInitiatedBidirectionalStream = Credit);

    /// <summary>Writes until there can be no room any more: what was sent is acknowledged and the peer's credit used up.</summary>
    private static async Task<long> FillAsync(QuicStream stream)
    {
        await Eventually.HoldsAsync(
            () =>
            {
                stream.TryWrite(new byte[4096]);
                return stream.BytesAcknowledged == Credit;
            },
            "the peer's credit was used up and acknowledged");
        while (stream.TryWrite(new byte[4096]) > 0)
        {
        }

        return stream.GetStatistics().BytesWritten;
    }

    [Fact]
    [Trait("Review", "D13")]
    public async Task Two_streams_that_nobody_accepts_do_not_stop_a_third()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (ping, echo) = await pair.OpenStreamAsync();
        for (var i = 0; i < 60; i++)
            _ = (await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Unidirectional).WithinPatience()).WriteAsync(new byte[300_000]).AsTask();
        for (var i = 0; i < 100; i++)
        {
            await ping.WriteAsync(new byte[10_000]).WithinPatience();
            await echo.ReadExactlyAsync(new byte[10_000]).WithinPatience();
        }
    }
}
