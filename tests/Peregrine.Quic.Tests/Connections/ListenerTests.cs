using System.Net;
using System.Net.Sockets;

namespace Peregrine.Quic.Tests;

public sealed class ListenerTests
{
    [Fact]
    public async Task Accepted_connections_outlive_the_listener_and_others_do_not()
    {
        await using var pair = await QuicPair.ConnectAsync();
        await using var waiting = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(pair.Listener)).WithinPatience();
        var accepting = pair.Listener.AcceptConnectionAsync();
        await (await accepting.WithinPatience()).DisposeAsync();
        await using var unaccepted = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(pair.Listener)).WithinPatience();

        await pair.Listener.DisposeAsync();

        await Eventually.ThrowsAsync<ObjectDisposedException, QuicConnection>(pair.Listener.AcceptConnectionAsync());
        await unaccepted.Closed.WaitAsync(QuicPair.Patience);
        var (client, server) = await pair.OpenStreamAsync();
        await server.WriteAsync(new byte[] { 5 }, completeWrites: true);
        Assert.Equal([5], await client.ReadToEndAsync());
    }

    [Fact]
    public async Task The_port_is_free_after_the_last_connection()
    {
        var listener = await QuicPair.ListenAsync();
        var port = listener.LocalEndPoint.Port;
        await listener.DisposeAsync();
        await listener.DisposeAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task A_port_in_use_cannot_be_listened_on()
    {
        await using var listener = await QuicPair.ListenAsync();
        await Assert.ThrowsAsync<SocketException>(() => QuicPair.ListenAsync(listen: o => o.ListenEndPoint = listener.LocalEndPoint));
    }

    [Fact]
    public async Task A_cancelled_accept_loses_no_connection()
    {
        await using var listener = await QuicPair.ListenAsync();
        using var cancellation = new CancellationTokenSource();
        var accepting = listener.AcceptConnectionAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Eventually.ThrowsAsync<OperationCanceledException>(accepting);
        await using var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
        await using var server = await listener.AcceptConnectionAsync().WithinPatience();
    }

    [Fact]
    public async Task Past_the_backlog_connections_are_refused()
    {
        await using var listener = await QuicPair.ListenAsync(listen: o => o.ListenBacklog = 1);
        await using var first = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
        await first.HandshakeCompleted.WaitAsync(QuicPair.Patience);
        QuicException refusal;
        try
        {
            // The refusal may come before or after the client's handshake is complete.
            await using var second = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
            refusal = await second.Closed.WaitAsync(QuicPair.Patience);
        }
        catch (QuicException e)
        {
            refusal = e;
        }

        Assert.Equal(QuicError.ConnectionRefused, refusal.QuicError);
        await using var server = await listener.AcceptConnectionAsync().WithinPatience();
    }

    [Fact]
    public async Task A_flood_of_empty_datagrams_holds_nobody_up()
    {
        // Robustness V6.
        await using var pair = await QuicPair.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var flood = Task.Run(() =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            for (var i = 0; i < 200_000 && !stop.IsCancellationRequested; i++)
                socket.SendTo([], pair.Listener.LocalEndPoint);
        });
        for (var i = 0; i < 20; i++)
        {
            var (client, server) = await pair.OpenStreamAsync();
            await server.WriteAsync(new byte[] { 1 }, completeWrites: true);
            Assert.Equal([1], await client.ReadToEndAsync());
            await client.DisposeAsync();
            await server.DisposeAsync();
        }

        await stop.CancelAsync();
        await flood;
    }
}
