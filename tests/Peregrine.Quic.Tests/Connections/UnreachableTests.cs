using System.Net;
using System.Net.Sockets;
using Peregrine.Quic.Core;

namespace Peregrine.Quic.Tests;

/// <summary>What the network says about a server that is out of reach ends an attempt at once, with a sentence of its own.</summary>
public sealed class UnreachableTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [Trait("Review", "N3")]
    public async Task A_port_where_nobody_listens_fails_at_once(string address)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Unconnected sockets hear of it on Linux alone.");
        var target = FreePort(IPAddress.Parse(address));
        var connecting = QuicConnection.ConnectAsync(QuicPair.ClientOptions(target, o => o.HandshakeTimeout = TimeSpan.FromMinutes(5)));
        var failure = await Eventually.ThrowsAsync<QuicException, QuicConnection>(connecting);
        Assert.Equal(QuicError.ConnectionRefused, failure.QuicError);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        Assert.Contains("nobody listens", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketError.NetworkUnreachable, "no route")]
    [InlineData(SocketError.HostUnreachable, "host is unreachable")]
    [InlineData(SocketError.MessageSize, "1,200 bytes")]
    [InlineData(SocketError.AccessDenied, "firewall")]
    [Trait("Review", "N3")]
    public async Task What_keeps_the_first_datagram_from_leaving_ends_the_attempt(SocketError error, string sentence)
    {
        var (factory, _) = SwitchableSocket.CreateFactory(socket => socket.SendError = error);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var failure = await Eventually.ThrowsAsync<QuicException, QuicConnection>(QuicConnection.ConnectAsync(QuicPair.ClientOptions(
            silent.LocalEndPoint!,
            o =>
            {
                o.HandshakeTimeout = TimeSpan.FromMinutes(5);
                o.Socket = new QuicSocketOptions { Factory = factory };
            })));
        Assert.Equal(QuicError.ConnectionTimeout, failure.QuicError);
        Assert.Equal(error, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Review", "N3")]
    public async Task What_the_network_says_does_not_end_a_connection_that_is_made()
    {
        var (factory, made) = SwitchableSocket.CreateFactory();
        await using var pair = await QuicPair.ConnectAsync(client: o => o.Socket = new QuicSocketOptions { Factory = factory });
        Assert.Single(made).SendError = SocketError.HostUnreachable;
        lock (pair.Client.Driver.Gate)
            pair.Client.Driver.OnUnreachable(SocketError.ConnectionRefused, pair.Client.Driver.Engine.Path.Remote);
        Assert.Equal(DatagramSendResult.Queued, pair.Client.TrySendDatagram([1]));
        Assert.Single(made).SendError = SocketError.Success;
        var (client, server) = await pair.OpenStreamAsync();
        Assert.False(pair.Client.Closed.IsCompleted);
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    [Trait("Review", "N3")]
    public async Task A_port_where_nobody_listens_does_not_disturb_others_on_the_same_socket()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Unconnected sockets hear of it on Linux alone.");
        await using var pair = await QuicPair.ConnectAsync();
        for (var i = 0; i < 5; i++)
        {
            var failing = QuicConnection.ConnectAsync(QuicPair.ClientOptions(FreePort(IPAddress.Loopback)));
            var (client, server) = await pair.OpenStreamAsync();
            await Eventually.ThrowsAsync<QuicException, QuicConnection>(failing);
            await client.DisposeAsync();
            await server.DisposeAsync();
        }
    }

    [Fact]
    [Trait("Robustness", "H16")]
    public async Task Ten_thousand_failed_attempts_leave_no_handle_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Handles are counted in /proc.");
        var target = FreePort(IPAddress.Loopback);
        await FailAsync(target, 64);
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var done = 0; done < 10_000; done += 100)
            await FailAsync(target, 100);
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 20);
    }

    [Fact]
    [Trait("Review", "N9")]
    public void Addresses_of_both_families_are_tried_in_turn()
    {
        IPEndPoint[] found = [At("2001:db8::1"), At("2001:db8::2"), At("2001:db8::3"), At("192.0.2.1"), At("192.0.2.2")];
        Assert.Equal(
            [At("2001:db8::1"), At("192.0.2.1"), At("2001:db8::2"), At("192.0.2.2"), At("2001:db8::3")], ConnectionAttempt.Interleave(found));
        static IPEndPoint At(string address) => new(IPAddress.Parse(address), 443);
    }

    private static async Task FailAsync(IPEndPoint target, int count)
    {
        var attempts = Enumerable.Range(0, count).Select(_ => QuicConnection.ConnectAsync(QuicPair.ClientOptions(target)).AsTask()).ToArray();
        foreach (var attempt in attempts)
            await Eventually.ThrowsAsync<QuicException>(attempt);
    }

    private static IPEndPoint FreePort(IPAddress address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
