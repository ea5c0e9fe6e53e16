namespace Peregrine.Quic.Tests;

public sealed class StreamTests
{
    [Theory]
    [InlineData(QuicStreamType.Bidirectional, true)]
    [InlineData(QuicStreamType.Bidirectional, false)]
    [InlineData(QuicStreamType.Unidirectional, true)]
    [InlineData(QuicStreamType.Unidirectional, false)]
    public async Task Each_kind_of_stream_carries_bytes(QuicStreamType type, bool fromClient)
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (opener, accepter) = fromClient ? (pair.Client, pair.Server) : (pair.Server, pair.Client);
        await using var opened = await opener.OpenOutboundStreamAsync(type).WithinPatience();
        await opened.WriteAsync("hello"u8.ToArray(), completeWrites: true).WithinPatience();
        await using var accepted = await accepter.AcceptInboundStreamAsync().WithinPatience();
        Assert.Equal("hello"u8.ToArray(), await accepted.ReadToEndAsync());
        Assert.Equal(opened.Id, accepted.Id);
        Assert.Equal(type, accepted.Type);
        Assert.True(opened.CanWrite && accepted.CanRead);
        Assert.Equal(type == QuicStreamType.Bidirectional, opened.CanRead);
        Assert.Equal(type == QuicStreamType.Bidirectional, accepted.CanWrite);
        await accepted.ReadsClosed.WaitAsync(QuicPair.Patience);
        await opened.WritesClosed.WaitAsync(QuicPair.Patience);
        if (type == QuicStreamType.Unidirectional)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => opened.ReadAsync(new byte[1]).AsTask());
            await Assert.ThrowsAsync<InvalidOperationException>(() => accepted.WriteAsync(new byte[1]).AsTask());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_megabyte_comes_back_as_it_went(bool offload)
    {
        await using var pair = await QuicPair.ConnectAsync(
            client: o => o.Socket = new QuicSocketOptions { UseSegmentationOffload = offload ? null : false },
            listen: o => o.Socket = new QuicSocketOptions { UseSegmentationOffload = offload ? null : false });
        var sent = new byte[1 << 20];
        Random.Shared.NextBytes(sent);
        var echoing = EchoOneAsync(pair.Server);
        await using var stream = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).WithinPatience();
        var writing = stream.WriteAsync(sent, completeWrites: true).AsTask();
        Assert.Equal(sent, await stream.ReadToEndAsync());
        await writing.WaitAsync(QuicPair.Patience);
        await echoing.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task Twenty_streams_at_once_do_not_mix()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var serving = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => EchoOneAsync(pair.Server)));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            var sent = new byte[50_000 + i];
            new Random(i).NextBytes(sent);
            await using var stream = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional);
            var writing = stream.WriteAsync(sent, completeWrites: true);
            Assert.Equal(sent, await stream.ReadToEndAsync());
            await writing;
        })).WaitAsync(QuicPair.Patience);
        await serving.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task More_streams_than_the_limit_wait_for_credit()
    {
        // RFC 9000 §4.6
        await using var pair = await QuicPair.ConnectAsync(server: o => o.MaxInboundBidirectionalStreams = 2);
        var (first, firstAtServer) = await pair.OpenStreamAsync();
        var (second, secondAtServer) = await pair.OpenStreamAsync();
        Assert.False(pair.Client.TryOpenOutboundStream(QuicStreamType.Bidirectional, out _));
        using (var cancellation = new CancellationTokenSource())
        {
            var cancelled = pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            await Eventually.ThrowsAsync<OperationCanceledException>(cancelled);
        }

        var opening = pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).AsTask();
        Assert.False(opening.IsCompleted);
        await first.DisposeAsync();
        await firstAtServer.DisposeAsync();
        await using var third = await opening.WaitAsync(QuicPair.Patience);
        await second.DisposeAsync();
        await secondAtServer.DisposeAsync();
    }

    [Fact]
    public async Task The_application_hears_of_new_credit()
    {
        var heard = new TaskCompletionSource<QuicStreamCapacityChangedArgs>();
        await using var pair = await QuicPair.ConnectAsync(
            client: o => o.StreamCapacityCallback = (_, change) => heard.TrySetResult(change),
            server: o =>
            {
                o.MaxInboundBidirectionalStreams = 3;
                o.MaxInboundUnidirectionalStreams = 5;
            });
        var change = await heard.Task.WaitAsync(QuicPair.Patience);
        Assert.Equal(3, change.BidirectionalIncrement);
        Assert.Equal(5, change.UnidirectionalIncrement);
    }

    [Fact]
    public async Task A_thousand_short_streams_return_their_credit()
    {
        await using var pair = await QuicPair.ConnectAsync(server: o => o.MaxInboundBidirectionalStreams = 10);
        var serving = Task.Run(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                await using var stream = await pair.Server.AcceptInboundStreamAsync();
                await stream.CopyToAsync(stream);
                stream.CompleteWrites();
            }
        });
        for (var i = 0; i < 1000; i++)
        {
            await using var stream = await pair.Client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).WithinPatience();
            await stream.WriteAsync(new byte[] { (byte)(i & 0xff) }, completeWrites: true).WithinPatience();
            Assert.Equal([(byte)(i & 0xff)], await stream.ReadToEndAsync());
        }

        await serving.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task Concurrent_reads_and_concurrent_writes_are_refused()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var reading = client.ReadAsync(new byte[1]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.ReadAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.Input.ReadAsync().AsTask());
        var writing = client.WriteAsync(new byte[20_000_000]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.WriteAsync(new byte[1]).AsTask());
        Assert.Throws<InvalidOperationException>(client.CompleteWrites);

        await server.WriteAsync(new byte[] { 9 }).WithinPatience();
        Assert.Equal(1, await reading.WaitAsync(QuicPair.Patience));
        var received = 0;
        var buffer = new byte[100_000];
        while (received < 20_000_000)
            received += await server.ReadAsync(buffer).WithinPatience();
        await writing.WaitAsync(QuicPair.Patience);
    }

    [Fact]
    public async Task A_read_of_no_bytes_waits_for_some()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        var reading = client.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(reading.IsCompleted);
        await server.WriteAsync(new byte[] { 3 }).WithinPatience();
        Assert.Equal(0, await reading.WaitAsync(QuicPair.Patience));
        var buffer = new byte[1];
        Assert.Equal(1, await client.ReadAsync(buffer).WithinPatience());
        Assert.Equal(3, buffer[0]);
    }

    [Fact]
    public async Task Synchronous_reads_and_writes_work_too()
    {
        await using var pair = await QuicPair.ConnectAsync();
        var (client, server) = await pair.OpenStreamAsync();
        await Task.Run(() =>
        {
            client.Write([1, 2, 3]);
            client.CompleteWrites();
            var buffer = new byte[10];
            var count = 0;
            int read;
            while ((read = server.Read(buffer, count, buffer.Length - count)) > 0)
                count += read;
            Assert.Equal(3, count);
        }).WaitAsync(QuicPair.Patience);
    }

    internal static async Task EchoOneAsync(QuicConnection connection)
    {
        await using var stream = await connection.AcceptInboundStreamAsync();
        await stream.CopyToAsync(stream);
        stream.CompleteWrites();
        await stream.WritesClosed;
    }
}
