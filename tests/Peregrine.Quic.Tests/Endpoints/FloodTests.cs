using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Peregrine.Quic.Tests;

/// <summary>
/// What strangers may cost those who are there already, on real sockets. The work is counted; nothing is measured by the clock.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class FloodTests
{
    [Fact]
    [Trait("Review", "N12")]
    public async Task Six_hundred_strangers_a_second_leave_an_echo_its_turn()
    {
        await using var pair = await QuicPair.ConnectAsync(listen: o => o.MaxHalfOpenConnections = 400);
        using var flood = new StrangerFlood(pair.Listener.LocalEndPoint);
        var flights = flood.Make(400);
        var (client, server) = await pair.OpenStreamAsync();
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(() => SendAt(flood, flights, perSecond: 600, stop.Token));

        var byteOf = new byte[1];
        for (var i = 0; i < 200; i++)
        {
            await client.WriteAsync(byteOf).WithinPatience();
            Assert.Equal(1, await server.ReadAsync(byteOf).WithinPatience());
            await server.WriteAsync(byteOf).WithinPatience();
            Assert.Equal(1, await client.ReadAsync(byteOf).WithinPatience());
        }

        await stop.CancelAsync();
        await sending;
        var statistics = pair.Listener.GetStatistics();
        var counters = pair.Listener.Endpoint.Counters;
        Assert.InRange(counters.MostNewcomersInATurn, 1, 9);
        Assert.InRange(statistics.HandshakesWaiting, 0, HandshakeTurns.DefaultMaxWaiting + 9);
        Assert.InRange(statistics.HalfOpenConnections, 1, 400);
        Assert.Equal(0, counters.PostponedDropped);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    [Trait("Review", "N12")]
    public async Task Whoever_is_established_is_served_before_the_strangers_that_came_first()
    {
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(listen: o => o.Socket = new QuicSocketOptions { Factory = factory });
        var socket = Assert.Single(made);
        using var flood = new StrangerFlood(pair.Listener.LocalEndPoint);
        var flights = flood.Make(60);
        var begunBefore = pair.Listener.GetStatistics().ConnectionsBegun;

        // The loop is held up in a reception while the socket fills: sixty strangers, and then a datagram of the established connection.
        socket.HoldReceptions();
        foreach (var flight in flights)
            flood.Send(flight);
        var begunWhenReceived = -1L;
        Assert.Equal(DatagramSendResult.Queued, pair.Client.TrySendDatagram([1]));
        socket.OnReception = reception =>
        {
            // What follows the established connection's datagram is looked at when it has been delivered and all before it passed.
            if (reception.Path.Remote.Port == pair.Client.LocalEndPoint.Port && begunWhenReceived < 0)
                begunWhenReceived = pair.Listener.GetStatistics().ConnectionsBegun;
        };
        socket.ReleaseReceptions();

        Assert.Equal(1, await pair.Server.ReceiveDatagramAsync(new byte[8]).WithinPatience());
        Assert.InRange(begunWhenReceived - begunBefore, 0, 8);

        // And what stands in the queue then is not dealt with in one go.
        await Eventually.HoldsAsync(() => pair.Listener.GetStatistics().ConnectionsBegun - begunBefore >= 40, "the strangers had their turns");
        Assert.InRange(pair.Listener.Endpoint.Counters.MostNewcomersInATurn, 1, 9);
    }

    [Fact]
    [Trait("Review", "U13")]
    public async Task Forged_first_packets_throw_nothing_and_leave_nothing()
    {
        await using var listener = await QuicPair.ListenAsync();
        using var flood = new StrangerFlood(listener.LocalEndPoint);
        var thrown = 0;
        EventHandler<System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs> count = (_, e) =>
        {
            if (e.Exception is System.Security.Cryptography.AuthenticationTagMismatchException)
                Interlocked.Increment(ref thrown);
        };
        AppDomain.CurrentDomain.FirstChanceException += count;
        try
        {
            for (var i = 0; i < 100; i++)
                flood.SendForged();
            await Eventually.HoldsAsync(() => listener.GetStatistics().ForgedDropped == 100, "all of them were looked at");
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= count;
        }

        Assert.Equal(0, thrown);
        Assert.Equal(0, listener.GetStatistics().Connections);
        await using var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
    }

    [Fact]
    [Trait("Review", "N2")]
    public async Task Above_the_half_open_limit_strangers_are_dropped_without_an_answer_and_counted()
    {
        await using var listener = await QuicPair.ListenAsync(listen: o => o.MaxHalfOpenConnections = 5);
        using var flood = new StrangerFlood(listener.LocalEndPoint);
        foreach (var flight in flood.Make(20))
            flood.Send(flight);
        await Eventually.HoldsAsync(() => listener.GetStatistics().HandshakesDropped >= 15, "the sixth and all after it were dropped");
        var statistics = listener.GetStatistics();
        Assert.Equal(5, statistics.HalfOpenConnections);
        Assert.Equal(5, statistics.ConnectionsBegun);
    }

    [Fact]
    [Trait("Review", "N2")]
    public async Task A_listener_that_is_full_says_so_at_once_and_has_room_again_when_a_connection_is_gone()
    {
        await using var listener = await QuicPair.ListenAsync(listen: o => o.MaxConnections = 1);
        await using (await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience())
        {
            var refused = await Eventually.ThrowsAsync<QuicException, QuicConnection>(
                QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)));
            Assert.Equal(QuicError.ConnectionRefused, refused.QuicError);
            Assert.Contains("CONNECTION_REFUSED", refused.Message, StringComparison.Ordinal);
            Assert.True(listener.GetStatistics().ConnectionsRefused > 0);
        }

        await Eventually.HoldsAsync(() => listener.GetStatistics().Connections == 0, "the connection is forgotten");
        await using var next = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
    }

    [Fact]
    [Trait("Review", "N2")]
    public async Task One_address_has_no_more_connections_than_it_may()
    {
        await using var listener = await QuicPair.ListenAsync(listen: o => o.MaxConnectionsPerAddress = 2);
        await using var first = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
        await using var second = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
        await Eventually.HoldsAsync(() => listener.GetStatistics().HalfOpenConnections == 0, "both handshakes are complete");
        var refused = await Eventually.ThrowsAsync<QuicException, QuicConnection>(
            QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)));
        Assert.Equal(QuicError.ConnectionRefused, refused.QuicError);
    }

    [Fact]
    [Trait("Review", "N2")]
    public async Task Past_the_early_limit_only_complete_handshakes_are_handed_over()
    {
        await using var listener = await QuicPair.ListenAsync(listen: o => o.EarlyHandoverLimit = 0);
        using var flood = new StrangerFlood(listener.LocalEndPoint);
        foreach (var flight in flood.Make(10))
            flood.Send(flight);
        await Eventually.HoldsAsync(() => listener.GetStatistics().HalfOpenConnections == 10, "the strangers are under way");
        await using var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
        await using var server = await listener.AcceptConnectionAsync().WithinPatience();
        Assert.Equal(client.LocalEndPoint.Port, server.RemoteEndPoint.Port);
        Assert.True(server.HandshakeCompleted.IsCompletedSuccessfully);
    }

    private static void SendAt(StrangerFlood flood, List<List<byte[]>> flights, int perSecond, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < flights.Count && !stop.IsCancellationRequested; i++)
        {
            while (Stopwatch.GetElapsedTime(began).TotalSeconds * perSecond < i && !stop.IsCancellationRequested)
                stop.WaitHandle.WaitOne(1);
            flood.Send(flights[i]);
        }
    }
}
