using System.Security.Cryptography;

namespace Peregrine.WebTransport.Tests;

[Trait("Review", "P4")]
public sealed class RequestTests
{
    [Fact]
    public async Task A_request_shows_its_pseudo_headers_and_its_path_without_the_query()
    {
        await using var loopback = await Loopback.StartAsync();
        var connecting = loopback.ConnectAsync("/room?seat=3");
        var request = await loopback.Listener.AcceptAsync().Soon();
        Assert.Equal(("CONNECT", "https", "webtransport"), (request.Method, request.Scheme, request.ConnectProtocol));
        Assert.Equal(("/room", "?seat=3", $"127.0.0.1:{loopback.Port}"), (request.Path, request.Query, request.Authority));
        Assert.Contains("/room?seat=3", request.ToString(), StringComparison.Ordinal);
        await using var server = await request.AcceptAsync().Soon();
        await using var client = await connecting;
        Assert.Equal(("/room", "?seat=3", "/room", "?seat=3"), (server.Path, server.Query, client.Path, client.Query));
    }

    [Fact]
    public async Task The_client_sees_the_header_fields_and_the_status_that_refused_it()
    {
        await using var loopback = await Loopback.StartAsync();
        var connecting = loopback.ConnectAsync();
        var request = await loopback.Listener.AcceptAsync().Soon();
        await request.RejectAsync(429, new WebTransportHeaders { ["Retry-After"] = "5" }).Soon();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => connecting);
        Assert.Equal((429, "5"), (error.StatusCode, error.ResponseHeaders["retry-after"]));
    }

    [Fact]
    public async Task Any_2xx_accepts_and_the_client_sees_which()
    {
        await using var loopback = await Loopback.StartAsync();
        var connecting = loopback.ConnectAsync();
        var request = await loopback.Listener.AcceptAsync().Soon();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => request.AcceptAsync([], 302).AsTask());
        await using var server = await request.AcceptAsync(new WebTransportHeaders { ["x-a"] = "1" }, 207).Soon();
        await using var client = await connecting;
        Assert.Equal((207, "1", 207), (client.StatusCode, client.ResponseHeaders["x-a"], server.StatusCode));
        Assert.Throws<InvalidOperationException>(() => client.ResponseHeaders.Add("x-b", "2"));
    }

    [Fact]
    public async Task A_request_disposed_without_an_answer_makes_room_for_another()
    {
        await using var loopback = await Loopback.StartAsync(o => o.MaxSessions = 1);
        var connecting = loopback.ConnectAsync();
        await (await loopback.Listener.AcceptAsync().Soon()).DisposeAsync().Soon();
        await Assert.ThrowsAsync<WebTransportException>(() => connecting);
        await using var pair = await loopback.ConnectPairAsync();
        Assert.True(pair.Server.IsOpen);
    }

    [Fact]
    [Trait("Review", "P2")]
    public async Task Every_session_of_the_process_has_an_id_of_its_own()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var first = await loopback.ConnectPairAsync();
        await using var second = await loopback.ConnectPairAsync();
        long[] ids = [first.Client.Id, first.Server.Id, second.Client.Id, second.Server.Id];
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal((0, 0), (first.Server.ConnectStreamId, second.Server.ConnectStreamId));
        Assert.Contains($"session {second.Server.Id} ", second.Server.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Review", "P9")]
    public async Task A_session_counts_its_streams_and_knows_the_certificate()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        await using var sent = await pair.Client.OpenBidirectionalStreamAsync().Soon();
        await using var accepted = await pair.Server.AcceptBidirectionalStreamAsync().Soon();
        var (client, server) = (pair.Client.Statistics, pair.Server.Statistics);
        Assert.Equal((1, 1L, 0L), (client.OpenStreams, client.StreamsOpened, client.StreamsAccepted));
        Assert.Equal((1, 0L, 1L), (server.OpenStreams, server.StreamsOpened, server.StreamsAccepted));
        var hash = pair.Client.RemoteCertificate!.GetCertHashString(HashAlgorithmName.SHA256);
        Assert.Equal(Convert.ToHexString(loopback.Hash), hash);
        Assert.Null(pair.Server.RemoteCertificate);
    }
}
