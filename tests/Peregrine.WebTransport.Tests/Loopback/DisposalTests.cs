using System.Net;
using System.Net.Sockets;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>Anything may be disposed in any state, more than once and at the same time.</summary>
public sealed class DisposalTests
{
    [Fact]
    public async Task A_listener_that_never_had_a_connection()
    {
        var loopback = await Loopback.StartAsync();
        await Task.WhenAll(loopback.Listener.DisposeAsync().AsTask(), loopback.Listener.DisposeAsync().AsTask()).Soon();
        await loopback.DisposeAsync();
    }

    [Fact]
    public async Task A_listener_gives_its_port_back_once_its_connections_have_drained()
    {
        var loopback = await Loopback.StartAsync();
        var port = loopback.Port;
        await using (await loopback.ConnectPairAsync())
            await loopback.DisposeAsync();

        await using var again = await StartOnAsync(port);
        await using var pair = await again.ConnectPairAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_with_everything_under_way(bool byClient)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        var stream = await actor.OpenBidirectionalStreamAsync().Soon();
        var writing = Task.Run(async () =>
        {
            while (true)
                await stream.WriteAsync(new byte[100_000]);
        });
        var sending = Task.Run(async () =>
        {
            while (true)
                await actor.SendDatagramAsync(new byte[1000]);
        });
        Task[] waiting =
        [
            writing, sending, stream.ReadAsync(new byte[1]).AsTask(), actor.AcceptBidirectionalStreamAsync().AsTask(),
            Task.Run(async () => { while (true) await peer.ReceiveDatagramAsync(new byte[2000]); }),
        ];
        await using var accepted = await peer.AcceptBidirectionalStreamAsync().Soon();
        await Task.WhenAll(actor.DisposeAsync().AsTask(), actor.DisposeAsync().AsTask()).Soon();

        foreach (var task in waiting)
            Assert.Equal(WebTransportError.SessionClosed, (await Assert.ThrowsAsync<WebTransportException>(() => task.Soon())).Error);
        await peer.Closed.Soon();
        await stream.DisposeAsync().Soon();
        stream.Abort(WebTransportAbortDirection.Both, 1);
    }

    [Fact]
    public async Task A_session_from_within_its_own_callback()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var disposed = new TaskCompletionSource();
        pair.Client.Draining.Register(() =>
        {
            pair.Client.DisposeAsync().AsTask().Wait();
            disposed.SetResult();
        });
        await pair.Server.DrainAsync().Soon();

        await disposed.Task.Soon();
        await pair.Server.Closed.Soon();
    }

    [Fact]
    public async Task A_callback_that_throws_harms_nothing()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        pair.Client.Draining.Register(() => throw new InvalidOperationException("the application's mistake"));
        await pair.Server.DrainAsync().Soon();
        await Patience.UntilAsync(() => pair.Client.Draining.IsCancellationRequested);
        await pair.Server.CloseAsync(1, "fine").Soon();

        Assert.Equal("fine", (await pair.Client.Closed.Soon()).Reason);
    }

    [Fact]
    public async Task A_stream_while_it_is_read()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var stream = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        var reading = stream.ReadAsync(new byte[1]).AsTask();
        await stream.DisposeAsync().Soon();
        await stream.DisposeAsync().Soon();

        Assert.Equal(WebTransportError.OperationAborted, (await Assert.ThrowsAsync<WebTransportException>(() => reading.Soon())).Error);
        Assert.False(stream.CanRead);
        Assert.False(stream.CanWrite);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.ReadAsync(new byte[1]).Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.WriteAsync(new byte[1]).Soon());
    }

    [Fact]
    public async Task A_session_after_its_connection_was_lost_by_the_peer()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (_, server) = await raw.OpenSessionAsync();
        await raw.Connection.CloseAsync(Http3.Http3ErrorCode.InternalError, "gone").Soon();
        var info = await server.Closed.Soon();

        Assert.Equal(WebTransportCloseInitiator.Connection, info.Initiator);
        Assert.NotNull(info.ConnectionError);
        Assert.Equal(WebTransportError.ConnectionFailed,
            (await Assert.ThrowsAsync<WebTransportException>(() => server.OpenUnidirectionalStreamAsync().Soon())).Error);
        await server.DisposeAsync().Soon();
        await using var next = await loopback.ConnectPairAsync();
    }

    // Firefox closes the connection right behind the capsule.
    [Fact]
    public async Task A_close_is_understood_though_the_connection_ends_right_behind_it()
    {
        await using var loopback = await Loopback.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await using var raw = await RawClient.ConnectAsync(loopback);
            var (stream, server) = await raw.OpenSessionAsync();
            await stream.Output.WriteAsync(CloseSessionCapsuleTests.Encode(77, "and gone")).Soon();
            await stream.Output.CompleteAsync();
            await Patience.UntilAsync(() => stream.WritesClosed.IsCompleted);
            await raw.Connection.CloseAsync(Http3.Http3ErrorCode.NoError).Soon();

            Assert.Equal("and gone", (await server.Closed.Soon()).Reason);
        }
    }

    // RFC 9000 §10.2: closed connections answer for three probe timeouts, and need the port for it.
    private static async Task<Loopback> StartOnAsync(int port)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            try
            {
                return await Loopback.StartAsync(o => o.ListenEndPoint = new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (SocketException) when (!limit.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }
}
