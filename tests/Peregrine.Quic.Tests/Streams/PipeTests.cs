using System.Buffers;
using System.IO.Pipelines;

namespace Peregrine.Quic.Tests;

public sealed class PipeTests
{
    [Fact]
    public async Task Pipes_carry_a_stream_both_ways()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var sent = new byte[300_000];
        Random.Shared.NextBytes(sent);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < sent.Length; i += 10_000)
            {
                sent.AsSpan(i, 10_000).CopyTo(client.Output.GetSpan(10_000));
                client.Output.Advance(10_000);
                Assert.Equal(10_000, client.Output.UnflushedBytes);
                Assert.False((await client.Output.FlushAsync()).IsCompleted);
            }

            await client.Output.CompleteAsync();
        });

        var received = new MemoryStream();
        await server.Input.CopyToAsync(received).WaitAsync(QuicPair.Patience);
        await writing.WaitAsync(QuicPair.Patience);
        Assert.Equal(sent, received.ToArray());
        await server.Input.CompleteAsync();
    }

    [Fact]
    public async Task Examined_bytes_stay_until_they_are_consumed_and_the_next_read_waits_for_more()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        await client.WriteAsync("ab"u8.ToArray()).WithinPatience();
        var first = await ReadAtLeastAsync(server.Input, 2);
        server.Input.AdvanceTo(first.Buffer.Start, first.Buffer.End);

        var second = server.Input.ReadAsync().AsTask();
        Assert.False(second.IsCompleted);
        await client.WriteAsync("cd"u8.ToArray(), completeWrites: true).WithinPatience();
        var result = await second.WaitAsync(QuicPair.Patience);
        server.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        result = await ReadAtLeastAsync(server.Input, 4);
        Assert.Equal("abcd"u8.ToArray(), result.Buffer.ToArray());
        server.Input.AdvanceTo(result.Buffer.GetPosition(3));
        result = await server.Input.ReadAsync().WithinPatience();
        Assert.Equal("d"u8.ToArray(), result.Buffer.ToArray());
        Assert.True(result.IsCompleted);
        server.Input.AdvanceTo(result.Buffer.End);
        await server.ReadsClosed.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task Pipe_and_stream_reads_may_take_turns_but_not_overlap()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        await client.WriteAsync("abcdef"u8.ToArray(), completeWrites: true).WithinPatience();
        var result = await ReadAtLeastAsync(server.Input, 6);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ReadAsync(new byte[1]).AsTask());
        Assert.Throws<InvalidOperationException>(() => server.Input.TryRead(out _));
        server.Input.AdvanceTo(result.Buffer.GetPosition(2));
        var buffer = new byte[2];
        Assert.Equal(2, await server.ReadAsync(buffer).WithinPatience());
        Assert.Equal("cd"u8.ToArray(), buffer);
        Assert.True(server.Input.TryRead(out result));
        Assert.Equal("ef"u8.ToArray(), result.Buffer.ToArray());
        server.Input.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task What_was_read_stays_valid_when_the_connection_ends()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var sent = new byte[20_000];
        Array.Fill(sent, (byte)0x5a);
        await client.WriteAsync(sent, completeWrites: true).WithinPatience();
        var result = await ReadAtLeastAsync(server.Input, sent.Length);
        await pair.Client.DisposeAsync();
        await pair.Server.Closed.WaitAsync(QuicPair.Patience);

        // Other connections take blocks from the pool meanwhile.
        await using (var another = await QuicPair.ConnectAsync())
        {
            var (from, to) = await another.OpenStreamAsync();
            await from.WriteAsync(new byte[20_000], completeWrites: true).WithinPatience();
            await to.ReadToEndAsync();
        }

        Assert.Equal(sent, result.Buffer.ToArray());
        server.Input.AdvanceTo(result.Buffer.End);
        await server.Input.CompleteAsync();
    }

    [Fact]
    public async Task A_pending_read_and_a_pending_flush_can_be_cancelled_and_lose_nothing()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var reading = server.Input.ReadAsync().AsTask();
        server.Input.CancelPendingRead();
        var cancelled = await reading.WaitAsync(QuicPair.Patience);
        Assert.True(cancelled.IsCanceled);
        server.Input.AdvanceTo(cancelled.Buffer.End);

        var total = 20_000_000;
        client.Output.GetMemory(total);
        client.Output.Advance(total);
        var flushing = client.Output.FlushAsync().AsTask();
        client.Output.CancelPendingFlush();
        Assert.True((await flushing.WaitAsync(QuicPair.Patience)).IsCanceled);
        Assert.InRange(client.Output.UnflushedBytes, 1, total);
        var finishing = client.Output.CompleteAsync().AsTask();
        var received = 0L;
        while (true)
        {
            var result = await server.Input.ReadAsync().WithinPatience();
            received += result.Buffer.Length;
            server.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                break;
        }

        await finishing.WaitAsync(QuicPair.Patience);
        Assert.Equal(total, received);
    }

    [Fact]
    public async Task Completing_the_writer_sends_what_is_unflushed_even_if_the_stream_is_disposed_at_once()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        client.Output.Write(new byte[3_000_000]);
        client.Output.Complete();
        await client.DisposeAsync();
        Assert.Equal(3_000_000, (await server.ReadToEndAsync()).Length);
    }

    [Fact]
    public async Task Completing_with_an_exception_resets_or_stops_with_the_default_code()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        await client.Output.CompleteAsync(new InvalidOperationException());
        Assert.Equal(0xc1, (await Assert.ThrowsAsync<QuicException>(() => server.Input.ReadAsync().AsTask())).ApplicationErrorCode);
        await client.Input.CompleteAsync(new InvalidOperationException());
        Assert.Equal(0xc1, (await Eventually.ThrowsAsync<QuicException>(server.WritesClosed)).ApplicationErrorCode);
    }

    private static async Task<ReadResult> ReadAtLeastAsync(PipeReader reader, int count) =>
        await reader.ReadAtLeastAsync(count).WithinPatience();
}
