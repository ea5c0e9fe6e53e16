using System.Buffers;
using System.IO.Pipelines;

namespace Peregrine.Quic.Tests;

/// <summary>Readers that want a message whole before they consume any of it, as parsers over pipes do.</summary>
[Trait("Review", "D1")]
public sealed class WholeMessageTests
{
    [Theory]
    [InlineData(300_000)]
    [InlineData(1_000_000)]
    [InlineData(5_000_000)]
    public async Task A_pipe_that_examines_everything_gets_more_credit(int length)
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var writing = client.WriteAsync(new byte[length], completeWrites: true).AsTask();

        var result = await ReadWholeAsync(server.Input, length);
        Assert.Equal(length, result.Buffer.Length);
        server.Input.AdvanceTo(result.Buffer.End);
        await writing.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task Twenty_messages_of_400_kB_at_once_arrive_whole()
    {
        // Together they are more than the connection's first window, and than what is set apart for streams nobody has begun to read.
        const int Length = 400_000;
        await using var pair = await QuicPair.ConnectAsync(server: static options => options.MaxUnreadCredit = 0);
        var streams = new List<(QuicStream Client, QuicStream Server)>();
        for (var i = 0; i < 20; i++)
            streams.Add(await pair.OpenStreamAsync());
        var writing = streams.Select(static stream => stream.Client.WriteAsync(new byte[Length], completeWrites: true).AsTask()).ToArray();
        await Task.WhenAll(streams.Select(async stream =>
        {
            var result = await ReadWholeAsync(stream.Server.Input, Length);
            stream.Server.Input.AdvanceTo(result.Buffer.End);
        })).WaitAsync(QuicPair.Patience);
        await Task.WhenAll(writing).WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task Beyond_the_largest_window_the_read_fails_and_names_the_option()
    {
        await using var pair = await QuicPair.ConnectAsync(server: static options => options.MaxStreamReceiveWindow = 300_000);
        var (client, server) = await pair.OpenStreamAsync();
        var writing = client.WriteAsync(new byte[2_000_000], completeWrites: true).AsTask();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ReadWholeAsync(server.Input, 1_000_000));
        Assert.Contains(nameof(QuicConnectionOptions.MaxStreamReceiveWindow), error.Message, StringComparison.Ordinal);

        // Nothing is lost: who consumes goes on.
        await server.CopyToAsync(Stream.Null).WaitAsync(QuicPair.Patience);
        await writing.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task Beyond_the_connections_largest_window_the_read_fails_as_well()
    {
        await using var pair = await QuicPair.ConnectAsync(server: static options =>
        {
            options.MaxConnectionReceiveWindow = 400_000;
            options.MaxUnreadCredit = 0;
        });
        var (client, server) = await pair.OpenStreamAsync();
        _ = client.WriteAsync(new byte[2_000_000], completeWrites: true).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadWholeAsync(server.Input, 1_000_000));
    }

    [Fact]
    public async Task What_was_examined_and_then_consumed_counts_once()
    {
        // Twenty times the largest window goes through by messages that are examined whole before they are consumed.
        const int Message = 250_000;
        await using var pair = await QuicPair.ConnectAsync(server: static options =>
        {
            options.MaxStreamReceiveWindow = 300_000;
            options.MaxConnectionReceiveWindow = 400_000;
        });
        var (client, server) = await pair.OpenStreamAsync();
        var writing = client.WriteAsync(new byte[24 * Message], completeWrites: true).AsTask();
        for (var i = 0; i < 24; i++)
        {
            var result = await ReadWholeAsync(server.Input, Message);
            server.Input.AdvanceTo(result.Buffer.GetPosition(Message));
        }

        await writing.WaitAsync(QuicPair.Patience);
    }

    // As ReadAtLeastAsync, and as parsers do: everything is examined, nothing consumed.
    private static async Task<ReadResult> ReadWholeAsync(PipeReader input, int length)
    {
        while (true)
        {
            var result = await input.ReadAsync().WithinPatience();
            if (result.Buffer.Length >= length || result.IsCompleted)
                return result;
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
