using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.WebTransport.Tests;

public sealed class ConnectTests
{
    [Fact]
    public async Task A_session_opens_and_both_sides_see_what_the_other_said()
    {
        await using var loopback = await Loopback.StartAsync();
        var connecting = loopback.ConnectAsync("/room/7?name=a%20b", o =>
        {
            o.Headers.Add("X-Client", "test");
            o.Origin = "https://127.0.0.1:8080";
        });
        var request = await loopback.Listener.AcceptAsync().Soon();
        Assert.Equal(("/room/7", "?name=a%20b"), (request.Path, request.Query));
        Assert.Equal($"127.0.0.1:{loopback.Port}", request.Authority);
        Assert.Equal("test", request.Headers["x-client"]);
        Assert.Equal("https://127.0.0.1:8080", request.Origin);
        Assert.Equal(IPAddress.Loopback, request.RemoteEndPoint.Address.MapToIPv4());

        await using var server = await request.AcceptAsync(new WebTransportHeaders { { "x-server", "hello" } }).Soon();
        await using var client = await connecting;
        Assert.Equal("hello", client.ResponseHeaders["X-Server"]);
        Assert.Equal("test", server.RequestHeaders["x-client"]);
        Assert.Equal(loopback.Port, client.RemoteEndPoint.Port);
        Assert.Equal(client.ConnectStreamId, server.ConnectStreamId);
        Assert.True(client.MaxDatagramSize >= 1000);
        Assert.False(client.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_server_is_reached_by_name_and_by_either_family()
    {
        await using var loopback = await Loopback.StartAsync(o => o.ListenEndPoint = new IPEndPoint(IPAddress.IPv6Any, 0));
        foreach (var host in new[] { "localhost", "127.0.0.1" })
        {
            var connecting = WebTransportClient.ConnectAsync(new Uri($"https://{host}:{loopback.Port}/"), loopback.ClientOptions()).Soon();
            var request = await loopback.Listener.AcceptAsync().Soon();
            Assert.Equal($"{host}:{loopback.Port}", request.Authority);
            await using var server = await request.AcceptAsync().Soon();
            await using var client = await connecting;
        }
    }

    [Fact]
    public async Task A_certificate_of_another_hash_is_not_trusted()
    {
        await using var loopback = await Loopback.StartAsync();
        using var other = WebTransportCertificate.CreateSelfSigned();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => WebTransportClient.ConnectAsync(
            loopback.Address(),
            new WebTransportClientOptions { ServerCertificateHashes = { WebTransportCertificate.Hash(other) } }).Soon());

        Assert.Equal(WebTransportError.ConnectionFailed, error.Error);
    }

    [Fact]
    public async Task Without_a_hash_the_system_decides_and_does_not_trust_a_self_signed_certificate()
    {
        await using var loopback = await Loopback.StartAsync();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => WebTransportClient.ConnectAsync(loopback.Address()).Soon());

        Assert.Equal(WebTransportError.ConnectionFailed, error.Error);
    }

    [Fact]
    public async Task A_callback_may_trust_it()
    {
        await using var loopback = await Loopback.StartAsync();
        X509Certificate? seen = null;
        var options = new WebTransportClientOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => (seen = certificate) is not null,
        };
        var connecting = WebTransportClient.ConnectAsync(loopback.Address(), options).Soon();
        await using var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        await using var client = await connecting;

        Assert.NotNull(seen);
    }

    [Fact]
    public async Task The_certificate_can_be_chosen_by_name()
    {
        using var chosen = WebTransportCertificate.CreateSelfSigned(["chosen.example"]);
        string? asked = null;
        await using var loopback = await Loopback.StartAsync(o =>
        {
            o.ServerCertificate = null;
            o.ServerCertificateCallback = async (name, _) =>
            {
                await Task.Yield();
                asked = name;
                return SslStreamCertificateContext.Create(chosen, additionalCertificates: null, offline: true);
            };
        });
        var options = new WebTransportClientOptions { ServerCertificateHashes = { WebTransportCertificate.Hash(chosen) } };
        var connecting = WebTransportClient.ConnectAsync(new Uri($"https://localhost:{loopback.Port}/"), options).Soon();
        await using var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        await using var client = await connecting;

        Assert.Equal("localhost", asked);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(500)]
    [InlineData(302)]
    public async Task A_refused_session_tells_the_status(int status)
    {
        await using var loopback = await Loopback.StartAsync();
        var connecting = loopback.ConnectAsync();
        await (await loopback.Listener.AcceptAsync().Soon()).RejectAsync(status).Soon();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => connecting);

        Assert.Equal(WebTransportError.SessionRejected, error.Error);
        Assert.Equal(status, error.StatusCode);
    }

    [Fact]
    public async Task A_page_of_another_host_is_refused_before_the_application_sees_it()
    {
        await using var loopback = await Loopback.StartAsync();
        var error = await Assert.ThrowsAsync<WebTransportException>(() =>
            loopback.ConnectAsync("/", o => o.Origin = "https://evil.example"));

        Assert.Equal(403, error.StatusCode);
        var connecting = loopback.ConnectAsync("/good");
        var request = await loopback.Listener.AcceptAsync().Soon();
        Assert.Equal("/good", request.Path);
        await using var server = await request.AcceptAsync().Soon();
        await using var client = await connecting;
    }

    [Fact]
    public async Task An_origin_policy_that_throws_refuses_and_harms_no_other_request()
    {
        await using var loopback = await Loopback.StartAsync(o => o.OriginPolicy = WebTransportOriginPolicy.Custom(
            (origin, _) => origin is null ? true : throw new InvalidOperationException("broken rule")));
        var error = await Assert.ThrowsAsync<WebTransportException>(() => loopback.ConnectAsync("/", o => o.Origin = "https://a.example"));
        Assert.Equal(403, error.StatusCode);

        await using var pair = await loopback.ConnectPairAsync();
    }

    [Fact]
    public async Task A_request_is_answered_once()
    {
        await using var loopback = await Loopback.StartAsync();
        var connecting = loopback.ConnectAsync();
        var request = await loopback.Listener.AcceptAsync().Soon();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => request.RejectAsync(200).Soon());
        await using var server = await request.AcceptAsync().Soon();
        await Assert.ThrowsAsync<InvalidOperationException>(() => request.AcceptAsync().Soon());
        await Assert.ThrowsAsync<InvalidOperationException>(() => request.RejectAsync(404).Soon());
        await using var client = await connecting;
    }

    [Theory]
    [InlineData("http://localhost/", "https://")]
    [InlineData("https://localhost/#part", "fragment")]
    [InlineData("https://me:secret@localhost/", "user name")]
    public async Task An_address_that_cannot_be_dialled_is_refused_at_once(string address, string named)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => WebTransportClient.ConnectAsync(new Uri(address)).Soon());

        Assert.Contains(named, error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public async Task Where_nobody_listens_connecting_fails()
    {
        var loopback = await Loopback.StartAsync();
        var address = loopback.Address();
        await loopback.DisposeAsync();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => WebTransportClient.ConnectAsync(
            address, new WebTransportClientOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(300) }).Soon());

        Assert.Equal(WebTransportError.ConnectionFailed, error.Error);
    }

    [Fact]
    public async Task A_thousand_sessions_live_on_one_listener()
    {
        const int count = 1000;
        await using var loopback = await Loopback.StartAsync(o => o.IdleTimeout = TimeSpan.FromMinutes(5));
        var accepting = AcceptAllAsync(loopback.Listener, count);
        var sessions = new List<WebTransportSession>(count);
        for (var batch = 0; batch < count; batch += 20)
            sessions.AddRange(await Task.WhenAll(
                Enumerable.Range(0, 20).Select(_ => loopback.ConnectAsync("/", o => o.IdleTimeout = TimeSpan.FromMinutes(5)))));
        var servers = await accepting.Soon();
        Assert.Equal(count, servers.Count);

        foreach (var session in sessions)
        {
            await using var stream = await session.OpenBidirectionalStreamAsync().Soon();
            await stream.WriteAsync(new byte[] { 42 }, completeWrites: true).Soon();
        }

        foreach (var server in servers)
        {
            await using var stream = await server.AcceptBidirectionalStreamAsync().Soon();
            Assert.Equal([42], await stream.ReadToEndAsync());
        }

        await loopback.Listener.CloseAsync(5, "that was all").Soon();
        foreach (var session in sessions)
        {
            var info = await session.Closed.Soon();
            Assert.Equal(5u, info.Code);
            await session.DisposeAsync().Soon();
        }
    }

    private static async Task<List<WebTransportSession>> AcceptAllAsync(WebTransportListener listener, int count)
    {
        var sessions = new List<WebTransportSession>(count);
        while (sessions.Count < count)
            sessions.Add(await (await listener.AcceptAsync()).AcceptAsync());
        return sessions;
    }
}
