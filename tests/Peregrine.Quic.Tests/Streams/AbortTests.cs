namespace Peregrine.Quic.Tests;

public sealed class AbortTests
{
    [Fact]
    public async Task A_reset_reaches_the_reader_with_its_code()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var reading = server.ReadAsync(new byte[1]).AsTask();
        var closed = server.ReadsClosed;
        client.Abort(QuicAbortDirection.Write, 0x77);

        foreach (var task in new[] { reading, closed })
        {
            var failure = await Eventually.ThrowsAsync<QuicException>(task);
            Assert.Equal(QuicError.StreamAborted, failure.QuicError);
            Assert.Equal(0x77, failure.ApplicationErrorCode);
        }

        Assert.Equal(QuicError.OperationAborted, (await Eventually.ThrowsAsync<QuicException>(client.WritesClosed)).QuicError);
        Assert.Equal(QuicError.OperationAborted, (await Eventually.ThrowsAsync<QuicException>(client.WriteAsync(new byte[1]))).QuicError);

        // The other direction goes on.
        await server.WriteAsync(new byte[] { 1 }, completeWrites: true).WithinPatience();
        Assert.Equal([1], await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_stop_reaches_the_writer_with_its_code()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var writing = client.WriteAsync(new byte[20_000_000]).AsTask();
        var closed = client.WritesClosed;
        server.Abort(QuicAbortDirection.Read, 0x88);

        foreach (var task in new[] { writing, closed })
        {
            var failure = await Eventually.ThrowsAsync<QuicException>(task);
            Assert.Equal(QuicError.StreamAborted, failure.QuicError);
            Assert.Equal(0x88, failure.ApplicationErrorCode);
        }

        Assert.Equal(QuicError.OperationAborted, (await Eventually.ThrowsAsync<QuicException>(server.ReadsClosed)).QuicError);
        Assert.Equal(QuicError.OperationAborted, (await Eventually.ThrowsAsync<QuicException, int>(
            server.ReadAsync(new byte[1]))).QuicError);
    }

    [Fact]
    public async Task A_waiting_read_ends_when_reading_is_aborted_here()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, _) = await pair.OpenStreamAsync();
        var reading = client.ReadAsync(new byte[1]).AsTask();
        client.Abort(QuicAbortDirection.Both, 1);
        Assert.Equal(QuicError.OperationAborted, (await Eventually.ThrowsAsync<QuicException>(reading)).QuicError);
    }

    [Fact]
    public async Task The_reliable_part_arrives_although_the_stream_is_reset()
    {
        // draft-ietf-quic-reliable-stream-reset: RESET_STREAM_AT
        await using var pair = await QuicPair.ConnectAsync();
        await using var client = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Unidirectional).WithinPatience();
        client.ReliableSize = 4;
        Assert.Equal(4, client.ReliableSize);
        await client.WriteAsync("headbody"u8.ToArray()).WithinPatience();
        client.Abort(QuicAbortDirection.Write, 0x99);

        await using var server = await pair.Server.AcceptInboundStreamAsync().WithinPatience();
        var received = new List<byte>();
        var failure = await Assert.ThrowsAsync<QuicException>(async () =>
        {
            var buffer = new byte[100];
            while (true)
                received.AddRange(buffer[..await server.ReadAsync(buffer).WithinPatience()]);
        });
        Assert.Equal(0x99, failure.ApplicationErrorCode);
        Assert.True(received.Count >= 4, $"{received.Count} bytes");
        Assert.Equal("head"u8.ToArray(), received[..4]);
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        for (byte i = 0; i < 20; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var reading = server.ReadAsync(new byte[10], cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await Eventually.ThrowsAsync<OperationCanceledException>(reading);
            await client.WriteAsync(new[] { i }).WithinPatience();
            var buffer = new byte[10];
            Assert.Equal(1, await server.ReadAsync(buffer).WithinPatience());
            Assert.Equal(i, buffer[0]);
        }
    }

    [Fact]
    public async Task A_cancelled_write_that_waited_resets_the_sending_half_with_the_default_code()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        using var cancellation = new CancellationTokenSource();
        var writing = client.WriteAsync(new byte[20_000_000], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Eventually.ThrowsAsync<OperationCanceledException>(writing);

        var failure = await Assert.ThrowsAsync<QuicException>(() => server.ReadToEndAsync());
        Assert.Equal(0xc1, failure.ApplicationErrorCode);
    }

    [Fact]
    public async Task A_cancelled_accept_loses_no_stream()
    {
        await using var pair = await QuicPair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var accepting = pair.Server.AcceptInboundStreamAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Eventually.ThrowsAsync<OperationCanceledException>(accepting);
        await pair.OpenStreamAsync();
    }

    [Fact]
    public async Task Disposal_completes_the_writes_and_stops_the_reads()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        await client.WriteAsync(new byte[] { 1, 2 }).WithinPatience();
        var delivered = client.WritesClosed;
        await client.DisposeAsync();
        await client.DisposeAsync();

        Assert.Equal([1, 2], await server.ReadToEndAsync());
        await delivered.WaitAsync(QuicPair.Patience);
        var stopped = await Eventually.ThrowsAsync<QuicException>(server.WritesClosed);
        Assert.Equal(0xc1, stopped.ApplicationErrorCode);
        await Eventually.ThrowsAsync<ObjectDisposedException, int>(client.ReadAsync(new byte[1]));
        await Eventually.ThrowsAsync<ObjectDisposedException>(client.WriteAsync(new byte[1]));
        Assert.False(client.CanRead || client.CanWrite);
    }

    [Fact]
    public async Task Disposal_with_a_write_that_waits_resets_it()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var writing = client.WriteAsync(new byte[20_000_000]).AsTask();
        await client.DisposeAsync();
        await Eventually.ThrowsAsync<QuicException>(writing);
        Assert.Equal(0xc1, (await Assert.ThrowsAsync<QuicException>(() => server.ReadToEndAsync())).ApplicationErrorCode);
    }

    [Fact]
    public async Task Random_calls_from_many_tasks_break_nothing()
    {
        // Robustness X2.
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var pair = await QuicPair.ConnectAsync();
        await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => Task.Run(() => SpinAsync(pair, new Random(seed + i))))).WaitAsync(QuicPair.Patience);
        await using var another = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(pair.Listener)).WithinPatience();
    }

    private static async Task SpinAsync(QuicPair pair, Random random)
    {
        using var cancellation = new CancellationTokenSource();
        var streams = new List<QuicStream>();
        for (var i = 0; i < 150; i++)
        {
            try
            {
                var end = random.Next(2) == 0 ? pair.Client : pair.Server;
                var stream = streams.Count > 0 ? streams[random.Next(streams.Count)] : null;
                switch (random.Next(9))
                {
                    case 0 when end.TryOpenOutboundStream((QuicStreamType)random.Next(2), out var opened):
                        streams.Add(opened);
                        break;
                    case 1 when stream is { CanWrite: true }:
                        await stream.WriteAsync(new byte[random.Next(3000)], random.Next(5) == 0);
                        break;
                    case 2 when stream is not null:
                        stream.Abort((QuicAbortDirection)random.Next(1, 4), random.Next(100));
                        break;
                    case 3 when stream is not null:
                        await stream.DisposeAsync();
                        break;
                    case 4:
                        using (var soon = new CancellationTokenSource(random.Next(3)))
                            streams.Add(await end.AcceptInboundStreamAsync(soon.Token));
                        break;
                    case 5 when stream is { CanRead: true }:
                        using (var soon = new CancellationTokenSource(random.Next(3)))
                            _ = await stream.ReadAtLeastAsync(new byte[500], 1, throwOnEndOfStream: false, soon.Token);
                        break;
                    case 6:
                        end.TrySendDatagram(new byte[random.Next(1300)]);
                        break;
                    case 7:
                        end.TryReceiveDatagram(new byte[2000], out _);
                        break;
                    case 8 when stream is { CanWrite: true }:
                        stream.CompleteWrites();
                        break;
                }
            }
            catch (Exception e)
                when (e is QuicException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // Any of these is an answer; a hang or another exception is not.
            }
        }

        foreach (var stream in streams)
            await stream.DisposeAsync();
    }
}
