using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace Peregrine.Quic.Tests;

public sealed class ConnectTests
{
    public static TheoryData<string, bool?, bool?> Paths => new()
    {
        { "127.0.0.1", null, null },
        { "127.0.0.1", false, null },
        { "127.0.0.1", null, false },
        { "127.0.0.1", false, false },
        { "::1", null, null },
        { "::1", false, false },
        { "0.0.0.0", null, null },
        { "0.0.0.0", false, false },
        { "::", null, null },
        { "::", false, false },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_client_and_a_server_connect_and_exchange_bytes(string address, bool? serverOffload, bool? clientOffload)
    {
        var bind = IPAddress.Parse(address);
        await using var listener = await QuicPair.ListenAsync(listen: o =>
        {
            o.ListenEndPoint = new IPEndPoint(bind, 0);
            o.Socket = new QuicSocketOptions { UseSegmentationOffload = serverOffload };
        });
        foreach (var target in Targets(bind))
        {
            var accepting = listener.AcceptConnectionAsync();
            await using var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(
                new IPEndPoint(target, listener.LocalEndPoint.Port),
                o => o.Socket = new QuicSocketOptions { UseSegmentationOffload = clientOffload })).WithinPatience();
            await using var server = await accepting.WithinPatience();
            await using var stream = await client.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).WithinPatience();
            var sent = new byte[100_000];
            Random.Shared.NextBytes(sent);
            var writing = stream.WriteAsync(sent, completeWrites: true).WithinPatience();
            await using var accepted = await server.AcceptInboundStreamAsync().WithinPatience();
            Assert.Equal(sent, await accepted.ReadToEndAsync());
            await writing;
            Assert.Equal(target, client.LocalEndPoint.Address);
            Assert.Equal(target, server.RemoteEndPoint.Address);
            Assert.Equal(client.LocalEndPoint.Port, server.RemoteEndPoint.Port);
        }
    }

    [Fact]
    public async Task Both_ends_know_what_was_agreed()
    {
        await using var pair = await QuicPair.ConnectAsync();
        await pair.Server.HandshakeCompleted.WaitAsync(QuicPair.Patience);

        foreach (var end in new[] { pair.Client, pair.Server })
        {
            Assert.Equal(QuicPair.Alpn, end.NegotiatedApplicationProtocol);
            Assert.Equal("localhost", end.TargetHostName);
            Assert.Equal(SslProtocols.Tls13, end.SslProtocol);
            Assert.Equal(TlsCipherSuite.TLS_AES_128_GCM_SHA256, end.NegotiatedCipherSuite);
            Assert.True(end.SupportsReliableReset);
            Assert.True(end.PeerSupportsDatagrams);
            Assert.InRange(end.MaxDatagramSize, 1000, 1500);
            Assert.False(end.Closed.IsCompleted);
        }

        Assert.Equal(TestCertificates.Short.RawData, pair.Client.RemoteCertificate!.GetRawCertData());
        Assert.Null(pair.Server.RemoteCertificate);
        Assert.Equal([QuicPair.Alpn], pair.Server.OfferedApplicationProtocols);
        var statistics = pair.Client.GetStatistics();
        Assert.True(statistics.SmoothedRtt > TimeSpan.Zero);
        Assert.True(statistics.BytesSent > 1200 && statistics.BytesReceived > 1200 && statistics.CongestionWindow > 0);
    }

    [Fact]
    public async Task A_name_is_resolved_and_each_of_its_addresses_tried()
    {
        // localhost may be ::1 first, where nobody listens: no ICMP error reaches an unconnected socket, so the next address must not wait
        // for it.
        await using var listener = await QuicPair.ListenAsync();
        var accepting = listener.AcceptConnectionAsync();
        await using var client = await QuicConnection.ConnectAsync(
            QuicPair.ClientOptions(new DnsEndPoint("localhost", listener.LocalEndPoint.Port))).WithinPatience();
        await using var server = await accepting.WithinPatience();
        Assert.Equal(IPAddress.Loopback, client.RemoteEndPoint.Address);
    }

    [Fact]
    public async Task Without_a_common_protocol_both_sides_fail_and_the_callback_is_not_asked()
    {
        var asked = 0;
        await using var listener = await QuicPair.ListenAsync(server: _ => Interlocked.Increment(ref asked));
        var failure = await Eventually.ThrowsAsync<AuthenticationException, QuicConnection>(
            QuicConnection.ConnectAsync(QuicPair.ClientOptions(
            listener, o => o.ClientAuthenticationOptions.ApplicationProtocols = [new SslApplicationProtocol("other")])));

        // RFC 7301 §3.2, RFC 9001 §8.1: no_application_protocol.
        Assert.Equal(0x178, Assert.IsType<QuicException>(failure.InnerException).TransportErrorCode);
        Assert.Equal(0, Volatile.Read(ref asked));
    }

    [Fact]
    public async Task A_wrong_certificate_hash_is_refused()
    {
        await using var listener = await QuicPair.ListenAsync();
        var failure = await Eventually.ThrowsAsync<AuthenticationException, QuicConnection>(
            QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener, o =>
        {
            o.ServerCertificateHashes.Clear();
            o.ServerCertificateHashes.Add(new byte[32]);
        })));
        Assert.Contains("hash", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_valid_too_long_is_refused_by_its_hash()
    {
        await using var listener = await QuicPair.ListenAsync(
            server: o => o.ServerAuthenticationOptions.ServerCertificate = TestCertificates.Long);
        var failure = await Eventually.ThrowsAsync<AuthenticationException, QuicConnection>(
            QuicConnection.ConnectAsync(QuicPair.ClientOptions(
            listener, o => o.ServerCertificateHashes.Add(TestCertificates.HashOf(TestCertificates.Long)))));
        Assert.Contains("14 days", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_hashes_the_chain_is_verified()
    {
        await using var listener = await QuicPair.ListenAsync();
        await Eventually.ThrowsAsync<AuthenticationException, QuicConnection>(
            QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener, o => o.ServerCertificateHashes.Clear())));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_callback_decides(bool accepts)
    {
        await using var listener = await QuicPair.ListenAsync();
        object? sender = null;
        var errors = SslPolicyErrors.None;
        var connecting = QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener, o =>
        {
            o.ServerCertificateHashes.Clear();
            o.ClientAuthenticationOptions.RemoteCertificateValidationCallback = (from, _, _, found) =>
            {
                (sender, errors) = (from, found);
                return accepts;
            };
        }));
        if (accepts)
        {
            await using var client = await connecting.WithinPatience();
            Assert.Same(client, sender);
        }
        else
        {
            await Eventually.ThrowsAsync<AuthenticationException, QuicConnection>(connecting);
        }

        Assert.Equal(SslPolicyErrors.RemoteCertificateChainErrors, errors);
    }

    [Fact]
    public async Task A_certificate_callback_that_throws_fails_the_connection_with_what_it_threw()
    {
        await using var listener = await QuicPair.ListenAsync();
        var thrown = new InvalidOperationException("mine");
        var failure = await Eventually.ThrowsAsync<QuicException, QuicConnection>(
            QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener, o =>
        {
            o.ServerCertificateHashes.Clear();
            o.ClientAuthenticationOptions.RemoteCertificateValidationCallback = (_, _, _, _) => throw thrown;
        })));
        Assert.Equal(QuicError.CallbackError, failure.QuicError);
        Assert.Same(thrown, failure.InnerException);
    }

    [Fact]
    public async Task An_options_callback_that_throws_refuses_its_connection_only()
    {
        // Robustness W10.
        var calls = 0;
        await using var listener = await QuicPair.ListenAsync(
            listen: o => o.ConnectionOptionsCallback = (_, _, _) => Interlocked.Increment(ref calls) switch
        {
            1 => throw new InvalidOperationException("thrown at once"),
            2 => ValueTask.FromException<QuicServerConnectionOptions>(new InvalidOperationException("thrown later")),
            3 => new ValueTask<QuicServerConnectionOptions>((QuicServerConnectionOptions)null!),
            4 => new ValueTask<QuicServerConnectionOptions>(QuicPair.ServerOptions(bad => bad.DefaultCloseErrorCode = -1)),
            5 => new ValueTask<QuicServerConnectionOptions>(
                QuicPair.ServerOptions(bad => bad.ServerAuthenticationOptions.ClientCertificateRequired = true)),
            _ => new ValueTask<QuicServerConnectionOptions>(QuicPair.ServerOptions()),
        });
        for (var i = 0; i < 5; i++)
            await Eventually.ThrowsAsync<AuthenticationException, QuicConnection>(
                QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)));

        var accepting = listener.AcceptConnectionAsync();
        await using var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
        await using var server = await accepting.WithinPatience();
    }

    [Fact]
    public async Task The_options_callback_sees_the_name_and_its_certificate_may_depend_on_it()
    {
        string? seen = null;
        await using var pair = await QuicPair.ConnectAsync(
            server: o =>
            {
                o.ServerAuthenticationOptions.ServerCertificate = null;
                o.ServerAuthenticationOptions.ServerCertificateSelectionCallback = (_, name) =>
                {
                    seen = name;
                    return TestCertificates.Short;
                };
            });
        Assert.Equal("localhost", seen);
    }

    [Fact]
    public async Task A_server_that_never_answers_times_out()
    {
        // Robustness H15, in virtual time.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var time = new FakeTimeProvider();
        var connecting = QuicConnection.ConnectAsync(QuicPair.ClientOptions(silent.LocalEndPoint!, o => o.TimeProvider = time)).AsTask();
        Assert.False(connecting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(connecting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));

        var failure = await Eventually.ThrowsAsync<QuicException>(connecting);
        Assert.Equal(QuicError.ConnectionTimeout, failure.QuicError);
    }

    [Fact]
    public async Task Connecting_can_be_cancelled()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var cancellation = new CancellationTokenSource();
        var connecting = QuicConnection.ConnectAsync(QuicPair.ClientOptions(silent.LocalEndPoint!), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Eventually.ThrowsAsync<OperationCanceledException>(connecting);
    }

    [Fact]
    public async Task Key_log_lines_come_in_order_from_both_sides()
    {
        var lines = new ConcurrentQueue<string>();
        var serverLines = new ConcurrentQueue<string>();
        var isDone = new TaskCompletionSource();
        await using var pair = await QuicPair.ConnectAsync(
            client: o => o.KeyLog = line =>
            {
                lines.Enqueue(line);
                if (lines.Count == 5)
                    isDone.TrySetResult();
            },
            server: o => o.KeyLog = serverLines.Enqueue);
        await isDone.Task.WaitAsync(QuicPair.Patience);
        Assert.StartsWith("CLIENT_HANDSHAKE_TRAFFIC_SECRET ", lines.First(), StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("SERVER_TRAFFIC_SECRET_0 ", StringComparison.Ordinal));
        Assert.Subset(lines.ToHashSet(StringComparer.Ordinal), serverLines.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Connections_share_one_client_socket_and_each_stays_itself()
    {
        await using var listener = await QuicPair.ListenAsync();
        var clients = new List<QuicConnection>();
        for (var i = 0; i < 5; i++)
        {
            var client = await QuicConnection.ConnectAsync(QuicPair.ClientOptions(listener)).WithinPatience();
            clients.Add(client);
            await using var server = await listener.AcceptConnectionAsync().WithinPatience();
            Assert.Equal(clients[0].LocalEndPoint, client.LocalEndPoint);
            Assert.True(client.TrySendDatagram([(byte)i]) == DatagramSendResult.Queued);
            var received = new byte[10];
            Assert.Equal(1, await server.ReceiveDatagramAsync(received).WithinPatience());
            Assert.Equal(i, received[0]);
        }

        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static IPAddress[] Targets(IPAddress bind)
    {
        if (bind.Equals(IPAddress.IPv6Any))
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        return [bind.Equals(IPAddress.Any) ? IPAddress.Loopback : bind];
    }
}
