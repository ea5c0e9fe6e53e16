using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>What the peer knows to be delivered outlives the session: the end of a stream that has arrived, and all before it.</summary>
public sealed class DeliveredTests
{
    [Theory]
    [Trait("Review", "D2")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Streams_that_arrived_whole_are_accepted_and_read_after_the_session_was_closed(bool byClient, bool bidirectional)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        for (var i = 0; i < 3; i++)
        {
            var sending = await (bidirectional ? actor.OpenBidirectionalStreamAsync() : actor.OpenUnidirectionalStreamAsync()).Soon();
            await sending.WriteAsync(Patience.Bytes(100_000, i), completeWrites: true).Soon();
            await sending.WritesClosed.Soon();
        }

        await actor.CloseAsync(0, "done").Soon();
        await peer.Closed.Soon();
        for (var i = 0; i < 3; i++)
        {
            await using var stream = await (bidirectional ? peer.AcceptBidirectionalStreamAsync() : peer.AcceptUnidirectionalStreamAsync())
                .Soon();
            Assert.Equal(Patience.Bytes(100_000, i), await stream.ReadToEndAsync());
        }

        var error = await Assert.ThrowsAsync<WebTransportException>(() => peer.AcceptUnidirectionalStreamAsync().Soon());
        Assert.Equal(WebTransportError.SessionClosed, error.Error);
    }

    [Theory]
    [Trait("Review", "D2")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_in_the_application_s_hands_is_read_to_its_end_after_the_close(bool withPipe)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var sending = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await using var stream = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        await sending.WriteAsync(Patience.Bytes(100_000), completeWrites: true).Soon();
        await sending.WritesClosed.Soon();
        await pair.Client.CloseAsync(0, "done").Soon();
        await pair.Server.Closed.Soon();

        Assert.Equal(Patience.Bytes(100_000), await (withPipe ? stream.Input.AsStream() : stream).ReadToEndAsync());
    }

    [Fact]
    [Trait("Review", "D2")]
    public async Task The_code_of_a_reset_outlives_the_session()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var sending = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        sending.Abort(WebTransportAbortDirection.Write, 42);
        await using var stream = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        await Assert.ThrowsAsync<WebTransportException>(() => stream.ReadsClosed.Soon());
        await pair.Client.CloseAsync().Soon();
        await pair.Server.Closed.Soon();

        var error = await Assert.ThrowsAsync<WebTransportException>(() => stream.ReadAsync(new byte[1]).Soon());
        Assert.Equal((WebTransportError.StreamAborted, 42u), (error.Error, error.ErrorCode));
    }

    [Fact]
    [Trait("Review", "D2")]
    public async Task Streams_that_did_not_arrive_whole_end_with_the_session()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var cut = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await cut.WriteAsync(Patience.Bytes(1_000)).Soon();
        var whole = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await whole.WriteAsync(Patience.Bytes(1_000), completeWrites: true).Soon();
        await whole.WritesClosed.Soon();
        await pair.Client.CloseAsync().Soon();
        await pair.Server.Closed.Soon();

        await using var stream = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        Assert.Equal(whole.Id, stream.Id);
        await Assert.ThrowsAsync<WebTransportException>(() => pair.Server.AcceptUnidirectionalStreamAsync().Soon());
    }

    [Fact]
    [Trait("Review", "D2")]
    public async Task Disposing_the_session_lets_go_of_what_was_not_accepted()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var sending = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await sending.WriteAsync(Patience.Bytes(1_000), completeWrites: true).Soon();
        await sending.WritesClosed.Soon();
        await pair.Client.CloseAsync().Soon();
        await pair.Server.Closed.Soon();
        await pair.Server.DisposeAsync().Soon();

        await Assert.ThrowsAsync<WebTransportException>(() => pair.Server.AcceptUnidirectionalStreamAsync().Soon());
    }

    [Fact]
    [Trait("Review", "D18")]
    public async Task Whoever_hears_that_the_session_ended_can_ask_how()
    {
        await using var loopback = await Loopback.StartAsync();
        for (var round = 0; round < 20; round++)
        {
            await using var pair = await loopback.ConnectPairAsync();
            Task[] waiting =
            [
                WhenFailedAsync(pair.Server.AcceptUnidirectionalStreamAsync().AsTask()),
                WhenFailedAsync(pair.Server.ReceiveDatagramAsync(new byte[1]).AsTask()),
            ];
            await pair.Client.CloseAsync().Soon();
            await Task.WhenAll(waiting).Soon();

            async Task WhenFailedAsync(Task task)
            {
                await Assert.ThrowsAsync<WebTransportException>(() => task.Soon());
                Assert.True(pair.Server.Closed.IsCompleted);
            }
        }
    }

    [Fact]
    [Trait("Review", "D6")]
    public async Task Completing_the_output_waits_until_everything_is_buffered()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var sending = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await using var receiving = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        Patience.Bytes(8 << 20).CopyTo(sending.Output.GetSpan(8 << 20));
        sending.Output.Advance(8 << 20);
        var completing = sending.Output.CompleteAsync().AsTask();
        Assert.False(completing.IsCompleted);

        Assert.Equal(Patience.Bytes(8 << 20), await receiving.ReadToEndAsync());
        await completing.Soon();
    }

    [Fact]
    [Trait("Review", "D6")]
    public async Task Completing_the_output_tells_what_went_wrong()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var sending = await pair.Client.OpenUnidirectionalStreamAsync().Soon();
        await using var receiving = await pair.Server.AcceptUnidirectionalStreamAsync().Soon();
        sending.Output.Advance(sending.Output.GetSpan(8 << 20).Length);
        var completing = sending.Output.CompleteAsync().AsTask();
        receiving.Abort(WebTransportAbortDirection.Read, 7);

        var error = await Assert.ThrowsAsync<WebTransportException>(() => completing.Soon());
        Assert.Equal((WebTransportError.StreamAborted, 7u), (error.Error, error.ErrorCode));
    }
}
