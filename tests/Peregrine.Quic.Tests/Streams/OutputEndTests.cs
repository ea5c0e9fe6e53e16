using System.Buffers;

namespace Peregrine.Quic.Tests;

/// <summary>A clean end never stands where bytes are missing.</summary>
public sealed class OutputEndTests
{
    [Fact]
    [Trait("Review", "D5")]
    public async Task Disposal_sends_what_was_written_to_the_pipe_and_not_flushed()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        client.Output.Write(new byte[300_000]);
        await client.DisposeAsync();

        var received = new MemoryStream();
        await server.CopyToAsync(received).WaitAsync(QuicPair.Patience);
        Assert.Equal(300_000, received.Length);
    }

    [Fact]
    [Trait("Review", "D5")]
    public async Task Disposal_while_a_flush_waits_for_room_resets_the_stream()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        client.Output.Write(new byte[20_000_000]);
        var flush = client.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);
        await client.DisposeAsync();

        await Assert.ThrowsAsync<QuicException>(() => server.CopyToAsync(Stream.Null).WaitAsync(QuicPair.Patience));
        await Assert.ThrowsAnyAsync<Exception>(() => flush.WaitAsync(QuicPair.Patience));
    }

    [Fact]
    [Trait("Review", "D5")]
    public async Task Completing_the_writes_sends_what_was_written_to_the_pipe_and_not_flushed()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        client.Output.Write(new byte[300_000]);
        client.CompleteWrites();

        var received = new MemoryStream();
        await server.CopyToAsync(received).WaitAsync(QuicPair.Patience);
        Assert.Equal(300_000, received.Length);
    }

    [Fact]
    [Trait("Review", "D5")]
    public async Task A_last_write_past_the_pipe_is_refused_while_the_pipe_holds_bytes()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        client.Output.Write(new byte[10]);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await client.WriteAsync(new byte[1], completeWrites: true));
        await client.Output.FlushAsync().WithinPatience();
        await client.WriteAsync(new byte[1], completeWrites: true).WithinPatience();

        var received = new MemoryStream();
        await server.CopyToAsync(received).WaitAsync(QuicPair.Patience);
        Assert.Equal(11, received.Length);
    }

    [Fact]
    public async Task Advancing_without_a_result_is_refused_and_disturbs_no_other_read()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var reading = server.ReadAsync(new byte[1]).AsTask();
        Assert.Throws<InvalidOperationException>(() => server.Input.AdvanceTo(default));
        Assert.Throws<InvalidOperationException>(() => { server.Input.TryRead(out _); });
        await client.WriteAsync(new byte[1]).WithinPatience();
        Assert.Equal(1, await reading.WaitAsync(QuicPair.Patience));
    }

    [Fact]
    [Trait("Review", "D9")]
    public async Task Cancelling_a_flush_does_not_cut_the_tail_of_a_completed_pipe()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        client.Output.Write(new byte[2_000_000]);
        client.Output.Complete();
        client.Output.CancelPendingFlush();

        var received = new MemoryStream();
        await server.CopyToAsync(received).WaitAsync(QuicPair.Patience);
        Assert.Equal(2_000_000, received.Length);
    }

    [Fact]
    [Trait("Review", "D7")]
    public async Task A_reset_between_a_pipes_read_and_its_advance_is_no_failure_of_the_reader()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        client.ReliableSize = 4;
        await client.WriteAsync(new byte[1000]).WithinPatience();
        var result = await server.Input.ReadAtLeastAsync(1000).WithinPatience();
        var received = pair.Server.GetStatistics().PacketsReceived;
        client.Abort(QuicAbortDirection.Write, 7);
        await Eventually.HoldsAsync(() => pair.Server.GetStatistics().PacketsReceived > received, "the reset arrived");

        server.Input.AdvanceTo(result.Buffer.GetPosition(10), result.Buffer.End);
        var error = await Assert.ThrowsAsync<QuicException>(() => server.Input.ReadAsync().AsTask().WaitAsync(QuicPair.Patience));
        Assert.Equal(7, error.ApplicationErrorCode);
    }
}
