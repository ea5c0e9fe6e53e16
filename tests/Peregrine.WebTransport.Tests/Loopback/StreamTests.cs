using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

public sealed class StreamTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_megabyte_is_echoed_on_a_stream_opened_by_either_side(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        var echo = EchoAsync(peer, 1);

        Assert.Equal(Patience.Bytes(1 << 20), await SendAndReadBackAsync(actor, Patience.Bytes(1 << 20)));
        await echo.Soon();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Twenty_streams_at_once_do_not_mix(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        var echo = EchoAsync(peer, 20);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => SendAndReadBackAsync(actor, Patience.Bytes(50_000 + i, i)))).Soon();
        for (var i = 0; i < 20; i++)
            Assert.Equal(Patience.Bytes(50_000 + i, i), answers[i]);
        await echo.Soon();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ninety_streams_opened_as_soon_as_the_session_is_there_all_arrive(bool byClient)
    {
        // More than may wait for an unknown session: whoever accepts, or asks, knows the session before the other side can use it.
        const int Streams = 90;
        for (var round = 0; round < 5; round++)
        {
            await using var loopback = await Loopback.StartAsync();
            var client = ConnectAsync(loopback, byClient);
            var request = await loopback.Listener.AcceptAsync().Soon();
            await using var server = await request.AcceptAsync().Soon();
            if (!byClient)
                await OpenAllAsync(server);
            await using var connected = await client.Soon();

            var receiver = byClient ? server : connected;
            for (var i = 0; i < Streams; i++)
            {
                await using var stream = await receiver.AcceptUnidirectionalStreamAsync().Soon();
                Assert.Equal(Patience.Bytes(10), await stream.ReadToEndAsync());
            }
        }

        static async Task<WebTransportSession> ConnectAsync(Loopback loopback, bool opensAll)
        {
            var session = await loopback.ConnectAsync();
            if (opensAll)
                await OpenAllAsync(session);
            return session;
        }

        static async Task OpenAllAsync(WebTransportSession session)
        {
            for (var i = 0; i < Streams; i++)
            {
                var stream = await session.OpenUnidirectionalStreamAsync().Soon();
                await stream.WriteAsync(Patience.Bytes(10), completeWrites: true).Soon();
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_unidirectional_stream_goes_one_way(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        await using var sending = await actor.OpenUnidirectionalStreamAsync().Soon();
        Assert.True(sending.CanWrite);
        Assert.False(sending.CanRead);
        Assert.Throws<InvalidOperationException>(() => sending.Input);
        var written = sending.WriteAsync(Patience.Bytes(300_000), completeWrites: true);

        await using var receiving = await peer.AcceptUnidirectionalStreamAsync().Soon();
        Assert.True(receiving.CanRead);
        Assert.False(receiving.CanWrite);
        Assert.Throws<InvalidOperationException>(() => receiving.Output);
        Assert.Equal(sending.Id, receiving.Id);
        Assert.Equal(Patience.Bytes(300_000), await receiving.ReadToEndAsync());
        await written.Soon();
        await sending.WritesClosed.Soon();
        await receiving.ReadsClosed.Soon();
    }

    [Fact]
    public async Task A_stream_is_known_to_the_peer_before_anything_is_written()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var client = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        await using var server = await pair.Server.AcceptBidirectionalStreamAsync().Soon();
        await server.WriteAsync("the answer first"u8.ToArray(), completeWrites: true).Soon();

        Assert.Equal("the answer first"u8.ToArray(), await client.ReadToEndAsync());
    }

    // draft-ietf-webtrans-http3 §4.4
    [Theory]
    [InlineData(true, 0u)]
    [InlineData(true, 30u)]
    [InlineData(false, 255u)]
    [InlineData(false, 0xffffffffu)]
    public async Task A_reset_carries_its_code(bool byClient, uint code)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        await using var sending = await actor.OpenUnidirectionalStreamAsync().Soon();

        // At once: the header must arrive all the same.
        sending.Abort(WebTransportAbortDirection.Write, code);
        await using var receiving = await peer.AcceptUnidirectionalStreamAsync().Soon();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => receiving.ReadAsync(new byte[1]).Soon());

        Assert.Equal(WebTransportError.StreamAborted, error.Error);
        Assert.Equal(WebTransportErrorSource.Stream, error.ErrorSource);
        Assert.Equal(code, error.ErrorCode);
        var closed = await Assert.ThrowsAsync<WebTransportException>(() => receiving.ReadsClosed.Soon());
        Assert.Equal(code, closed.ErrorCode);
        Assert.False(pair.Client.Closed.IsCompleted);
    }

    [Theory]
    [InlineData(true, 7u)]
    [InlineData(false, 0x80000000u)]
    public async Task A_stop_carries_its_code(bool byClient, uint code)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        await using var sending = await peer.OpenBidirectionalStreamAsync().Soon();
        await using var receiving = await actor.AcceptBidirectionalStreamAsync().Soon();
        receiving.Abort(WebTransportAbortDirection.Read, code);

        var closed = await Assert.ThrowsAsync<WebTransportException>(() => sending.WritesClosed.Soon());
        Assert.Equal(WebTransportError.StreamAborted, closed.Error);
        Assert.Equal(code, closed.ErrorCode);
        var error = await Assert.ThrowsAsync<WebTransportException>(() => sending.WriteAsync(new byte[1]).Soon());
        Assert.Equal(code, error.ErrorCode);

        // The other half goes on.
        await receiving.WriteAsync("still here"u8.ToArray(), completeWrites: true).Soon();
        Assert.Equal("still here"u8.ToArray(), await sending.ReadToEndAsync());
    }

    [Fact]
    public async Task Pipes_carry_the_same_bytes()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var client = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        var server = await pair.Server.AcceptBidirectionalStreamAsync().Soon();
        var sent = Patience.Bytes(200_000);
        var sending = Task.Run(async () =>
        {
            await client.Output.WriteAsync(sent);
            await client.Output.CompleteAsync();
        });
        using var received = new MemoryStream();
        await server.Input.CopyToAsync(received).Soon();
        await sending.Soon();
        Assert.Equal(sent, received.ToArray());

        await server.Output.WriteAsync("ok"u8.ToArray()).Soon();
        await server.Output.CompleteAsync(new InvalidOperationException("no more"));
        await server.Input.CompleteAsync();
        var error = await Assert.ThrowsAsync<WebTransportException>(async () =>
        {
            while (true)
            {
                var read = await client.Input.ReadAsync().Soon();
                client.Input.AdvanceTo(read.Buffer.End);
                Assert.False(read.IsCompleted);
            }
        });
        Assert.Equal(0u, error.ErrorCode);
    }

    [Fact]
    public async Task Disposing_delivers_what_was_written_and_stops_what_was_not_read()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var client = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        await client.WriteAsync("last words"u8.ToArray()).Soon();
        await using var server = await pair.Server.AcceptBidirectionalStreamAsync().Soon();
        await client.DisposeAsync().Soon();

        Assert.Equal("last words"u8.ToArray(), await server.ReadToEndAsync());
        var error = await Assert.ThrowsAsync<WebTransportException>(() => server.WritesClosed.Soon());
        Assert.Equal(0u, error.ErrorCode);
    }

    [Fact]
    public async Task An_aborted_stream_says_so_to_the_one_who_aborted_it()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var stream = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        var reading = stream.ReadAsync(new byte[1]).AsTask();
        stream.Abort(WebTransportAbortDirection.Both, 1);
        var error = await Assert.ThrowsAsync<WebTransportException>(() => reading.Soon());

        Assert.Equal(WebTransportError.OperationAborted, error.Error);
    }

    [Fact]
    public async Task W4_streams_that_are_over_do_not_stay_in_the_session()
    {
        const int count = 5_000;
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var serving = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                await using var stream = await pair.Server.AcceptBidirectionalStreamAsync();
                await stream.CopyToAsync(Stream.Null);
            }
        });
        for (var i = 0; i < count; i++)
        {
            await using var stream = await pair.Client.OpenBidirectionalStreamAsync().Soon();
            await stream.WriteAsync(new byte[] { 1 }, completeWrites: true).Soon();
            Assert.Empty(await stream.ReadToEndAsync());
        }

        await serving.Soon();
        await Patience.UntilAsync(() => pair.Client.Statistics.OpenStreams == 0 && pair.Server.Statistics.OpenStreams == 0);
    }

    internal static async Task EchoAsync(WebTransportSession session, int streams)
    {
        var echoes = new List<Task>();
        for (var i = 0; i < streams; i++)
            echoes.Add(EchoOneAsync(await session.AcceptBidirectionalStreamAsync()));
        await Task.WhenAll(echoes);

        static async Task EchoOneAsync(WebTransportStream stream)
        {
            await using (stream)
            {
                await stream.CopyToAsync(stream);
                stream.CompleteWrites();
            }
        }
    }

    private static async Task<byte[]> SendAndReadBackAsync(WebTransportSession session, byte[] bytes)
    {
        await using var stream = await session.OpenBidirectionalStreamAsync().Soon();
        var sending = stream.WriteAsync(bytes, completeWrites: true).AsTask();
        var answer = await stream.ReadToEndAsync();
        await sending.Soon();
        return answer;
    }
}
