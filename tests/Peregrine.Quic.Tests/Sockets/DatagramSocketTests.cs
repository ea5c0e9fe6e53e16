using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic.Tests;

/// <summary>The sockets alone, over loopback: both kinds, both families.</summary>
public sealed class DatagramSocketTests
{
    private static readonly Duration Patience = Duration.FromSeconds(30);

    public static TheoryData<bool?, string> Kinds => new()
    {
        { null, "127.0.0.1" },
        { false, "127.0.0.1" },
        { null, "::1" },
        { false, "::1" },
        { null, "::ffff:127.0.0.1" },
        { false, "::ffff:127.0.0.1" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_datagram_arrives_whole_with_the_sender_s_address(bool? offload, string address)
    {
        using var a = Open(offload, address);
        using var b = Open(offload, address);

        Send(a, b, [1, 2, 3], 3);

        var (bytes, reception) = ReceiveOne(b);
        Assert.Equal([1, 2, 3], bytes);
        Assert.Equal(3, reception.SegmentSize);
        Assert.Equal(a.LocalAddress.Port, reception.Path.Remote.Port);
        Assert.Equal(b.LocalAddress.Port, reception.Path.Local.Port);
        Assert.Equal(NetworkAddress.From(new IPEndPoint(IPAddress.Parse(address), 0)).Address, reception.Path.Remote.Address);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Segments_arrive_as_the_datagrams_they_are(bool? offload, string address)
    {
        using var a = Open(offload, address);
        using var b = Open(offload, address);
        var sent = new byte[(1200 * 9) + 700];
        Random.Shared.NextBytes(sent);

        Send(a, b, sent, 1200);

        var received = new List<byte>();
        while (received.Count < sent.Length)
        {
            var (bytes, reception) = ReceiveOne(b);
            Assert.InRange(reception.SegmentSize, 1, 1200);
            received.AddRange(bytes);
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public void Linux_sends_and_receives_many_segments_in_one_call()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The offloads are Linux's.");
        using var a = Open(true, "127.0.0.1");
        using var b = Open(true, "127.0.0.1");
        Assert.Equal(64, a.MaxSegments);

        Send(a, b, new byte[1200 * 10], 1200);

        var (bytes, reception) = ReceiveOne(b);
        Assert.Equal(12_000, bytes.Length);
        Assert.Equal(1200, reception.SegmentSize);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_empty_datagram_counts_as_one(bool? offload, string address)
    {
        // Robustness V6.
        using var b = Open(offload, address);
        var mapped = IPAddress.Parse(address);
        using var raw = new Socket(mapped.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (mapped.AddressFamily == AddressFamily.InterNetworkV6)
            raw.DualMode = true;
        raw.SendTo([], new IPEndPoint(mapped, b.LocalAddress.Port));

        var (bytes, reception) = ReceiveOne(b);
        Assert.Empty(bytes);
        Assert.Equal(0, reception.Length);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(false)]
    public void A_wake_ends_the_wait(bool? offload)
    {
        using var socket = Open(offload, "127.0.0.1");
        for (var i = 0; i < 3; i++)
        {
            var waker = new Thread(socket.Wake);
            waker.Start();
            var watch = Stopwatch.StartNew();
            socket.Wait(Duration.FromSeconds(100), forRoom: false);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(50));
            waker.Join();
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(false)]
    public void A_wake_before_the_wait_is_not_lost(bool? offload)
    {
        using var socket = Open(offload, "127.0.0.1");
        socket.Wake();
        socket.Wake();
        var watch = Stopwatch.StartNew();
        socket.Wait(Duration.FromSeconds(100), forRoom: false);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(50));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(false)]
    public void A_port_that_nobody_listens_on_does_no_harm(bool? offload)
    {
        // Robustness X3: the kernel may answer the next call with ECONNREFUSED.
        using var a = Open(offload, "127.0.0.1");
        using var b = Open(offload, "127.0.0.1");
        var gone = Open(offload, "127.0.0.1");
        gone.Dispose();
        for (var i = 0; i < 5; i++)
        {
            Send(a, gone, [9], 1);
            a.TryReceive(new byte[65536], out _);
        }

        Send(a, b, [7], 1);
        Assert.Equal([7], ReceiveOne(b).Bytes);
    }

    [Fact]
    public void A_wildcard_socket_on_Linux_tells_the_local_address_and_answers_from_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The portable socket cannot tell.");
        foreach (var (bind, target) in new[] { ("0.0.0.0", "127.0.0.2"), ("::", "127.0.0.2"), ("::", "::1") })
        {
            using var server = UdpSocket.Open(new IPEndPoint(IPAddress.Parse(bind), 0), new QuicSocketOptions(), SocketRole.Server);
            var address = IPAddress.Parse(target);
            using var client = Open(null, address.AddressFamily == AddressFamily.InterNetwork ? "0.0.0.0" : "::");
            var to = NetworkAddress.From(new IPEndPoint(address, server.LocalAddress.Port));
            client.Send([1], new Transmission(1, 1, new NetworkPath(client.LocalAddress, to), EcnCodepoint.NotEct));

            var (_, reception) = ReceiveOne(server);
            Assert.Equal(to, reception.Path.Local);

            server.Send([2], new Transmission(1, 1, reception.Path, EcnCodepoint.NotEct));
            var (bytes, answer) = ReceiveOne(client);
            Assert.Equal([2], bytes);
            Assert.Equal(to, answer.Path.Remote);
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public void Ecn_bits_pass_on_Linux(string address)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The portable socket sees no ECN.");
        using var a = Open(true, address);
        using var b = Open(true, address);
        foreach (var ecn in new[] { EcnCodepoint.Ect0, EcnCodepoint.NotEct, EcnCodepoint.Ce })
        {
            a.Send(new byte[300], new Transmission(300, 100, new NetworkPath(default, b.LocalAddress), ecn));
            var (bytes, reception) = ReceiveOne(b);
            Assert.Equal(300, bytes.Length);
            Assert.Equal(ecn, reception.Ecn);
        }
    }

    private static IDatagramSocket Open(bool? offload, string address)
    {
        var ip = IPAddress.Parse(address);
        return UdpSocket.Open(new IPEndPoint(ip, 0), new QuicSocketOptions { UseSegmentationOffload = offload }, SocketRole.Client);
    }

    private static void Send(IDatagramSocket from, IDatagramSocket to, byte[] bytes, int segmentSize) =>
        from.Send(
            bytes, new Transmission(bytes.Length, segmentSize, new NetworkPath(from.LocalAddress, to.LocalAddress), EcnCodepoint.NotEct));

    private static (byte[] Bytes, Reception Reception) ReceiveOne(IDatagramSocket socket)
    {
        var buffer = new byte[65536];
        var until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 30);
        while (Stopwatch.GetTimestamp() < until)
        {
            if (socket.TryReceive(buffer, out var reception))
                return (buffer[..reception.Length], reception);
            socket.Wait(Patience, forRoom: false);
        }

        throw new TimeoutException("No datagram came.");
    }
}
