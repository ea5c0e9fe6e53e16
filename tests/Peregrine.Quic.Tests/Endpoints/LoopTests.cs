using Peregrine.Quic.Core;

namespace Peregrine.Quic.Tests;

/// <summary>The loop of an endpoint: one connection never holds up the others.</summary>
public sealed class LoopTests
{
    [Fact]
    [Trait("Review", "N7")]
    public async Task A_connection_whose_lock_is_taken_does_not_hold_up_the_others()
    {
        await using var pair = await QuicPair.ConnectAsync();
        await using var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(pair.Listener)).WithinPatience();
        await using var server = await pair.Listener.AcceptConnectionAsync().WithinPatience();
        using var held = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var holder = new Thread(() =>
        {
            lock (server.Driver.Gate)
            {
                held.Set();
                release.Wait(QuicPair.Patience);
            }
        });
        holder.Start();
        held.Wait(QuicPair.Patience);
        try
        {
            // Something for the busy one, so that the loop comes by.
            Assert.Equal(DatagramSendResult.Queued, client.TrySendDatagram([1]));
            for (var i = 0; i < 20; i++)
            {
                var (a, b) = await pair.OpenStreamAsync().WaitAsync(TimeSpan.FromSeconds(10));
                await a.DisposeAsync();
                await b.DisposeAsync();
            }
        }
        finally
        {
            release.Set();
            holder.Join();
        }

        // And what was put off arrives.
        Assert.Equal(1, await server.ReceiveDatagramAsync(new byte[8]).WithinPatience());
    }

    [Fact]
    [Trait("Review", "N7")]
    public async Task A_full_socket_keeps_what_it_did_not_take_and_holds_up_nobody()
    {
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(listen: o => o.Socket = new QuicSocketOptions { Factory = factory });
        var socket = Assert.Single(made);
        var (client, server) = await pair.OpenStreamAsync();
        socket.IsFull = true;
        await server.WriteAsync(new byte[20_000], completeWrites: true).WithinPatience();
        await Eventually.HoldsAsync(() => socket.Refusals > 0, "the socket was asked and refused");
        var lost = pair.Server.GetStatistics().PacketsLost;
        socket.IsFull = false;
        socket.Wake();
        Assert.Equal(20_000, (await client.ReadToEndAsync()).Length);
        Assert.Equal(lost, pair.Server.GetStatistics().PacketsLost);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    [Trait("Robustness", "V6")]
    public async Task Empty_datagrams_without_end_use_up_the_loop_s_share()
    {
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(listen: o => o.Socket = new QuicSocketOptions { Factory = factory });
        var (client, server) = await pair.OpenStreamAsync();
        var socket = Assert.Single(made);
        socket.IsFlooded = true;
        try
        {
            // The acknowledgement comes from the loop, after it has stopped receiving.
            await client.WriteAsync(new byte[] { 1 }, completeWrites: true).WithinPatience();
            await client.WritesClosed.WaitAsync(TimeSpan.FromSeconds(10));
        }
        finally
        {
            socket.IsFlooded = false;
        }

        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    [Trait("Robustness", "X4")]
    public async Task A_connection_that_breaks_is_closed_and_its_endpoint_lives()
    {
        await using var pair = await QuicPair.ConnectAsync();
        await using var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(pair.Listener)).WithinPatience();
        await using var server = await pair.Listener.AcceptConnectionAsync().WithinPatience();
        await server.HandshakeCompleted.WaitAsync(QuicPair.Patience);

        // An event about no stream: whoever handles it fails, in the middle of the loop's work for this connection.
        lock (server.Driver.Gate)
            server.Driver.Engine.Events.Add(ConnectionEventKind.StreamReadable);
        client.TrySendDatagram([1]);

        var why = await server.Closed.WaitAsync(QuicPair.Patience);
        Assert.Equal(QuicError.InternalError, why.QuicError);
        Assert.NotNull(why.InnerException);
        var atClient = await client.Closed.WaitAsync(QuicPair.Patience);
        Assert.Equal(1, atClient.TransportErrorCode);
        var (a, b) = await pair.OpenStreamAsync();
        await a.DisposeAsync();
        await b.DisposeAsync();
    }
}
