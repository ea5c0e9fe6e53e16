using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>The session lives as long as both halves of its CONNECT stream do, and its connection a moment longer.</summary>
public sealed class ConnectStreamTests
{
    // draft-ietf-webtrans-http3 §6
    [Theory]
    [Trait("Review", "D12")]
    [InlineData(QuicAbortDirection.Read)]
    [InlineData(QuicAbortDirection.Write)]
    [InlineData(QuicAbortDirection.Both)]
    public async Task A_server_s_session_ends_when_the_client_ends_either_half_of_its_stream(QuicAbortDirection half)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        var accepting = server.AcceptUnidirectionalStreamAsync().AsTask();
        stream.Abort(half, Http3ErrorCode.RequestCancelled);

        await server.Closed.Soon();
        await Assert.ThrowsAsync<WebTransportException>(() => accepting.Soon());
        await server.DisposeAsync().Soon();
    }

    [Theory]
    [Trait("Review", "D12")]
    [InlineData(QuicAbortDirection.Read)]
    [InlineData(QuicAbortDirection.Write)]
    [InlineData(QuicAbortDirection.Both)]
    public async Task A_client_s_session_ends_when_the_server_ends_either_half_of_its_stream(QuicAbortDirection half)
    {
        await using var server = await RawServer.StartAsync((RawClient.Enable02, 1));
        var connecting = WebTransportClient.ConnectAsync(server.Address, server.ClientOptions).Soon();
        await using var connection = await server.AcceptAsync();
        await using var request = await connection.AcceptRequestAsync().Soon();
        await request.RespondAsync(200).Soon();
        var client = await connecting;
        var accepting = client.AcceptUnidirectionalStreamAsync().AsTask();
        request.Abort(half, Http3ErrorCode.RequestCancelled);

        await client.Closed.Soon();
        await Assert.ThrowsAsync<WebTransportException>(() => accepting.Soon());
        await client.DisposeAsync().Soon();
    }

    [Fact]
    [Trait("Review", "D12")]
    public async Task A_client_that_closes_and_stops_reading_at_once_is_heard()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        stream.Abort(QuicAbortDirection.Read, Http3ErrorCode.RequestCancelled);
        await stream.Output.WriteAsync(new byte[] { 0x68, 0x43, 4, 0, 0, 0, 9 }).Soon();
        await stream.Output.CompleteAsync();

        var info = await server.Closed.Soon();
        Assert.Equal((9u, WebTransportCloseInitiator.Peer), (info.Code, info.Initiator));
    }

    [Fact]
    [Trait("Review", "D17")]
    public async Task A_connection_whose_last_session_has_ended_is_closed_soon()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback, o => o.IdleTimeout = Timeout.InfiniteTimeSpan);
        var (first, firstServer) = await raw.OpenSessionAsync();
        await first.Output.CompleteAsync();
        await firstServer.DisposeAsync().Soon();

        // One that follows at once has its connection.
        var (second, secondServer) = await raw.OpenSessionAsync();
        await second.Output.CompleteAsync();
        await secondServer.DisposeAsync().Soon();
        var closed = await raw.Connection.Transport.Closed.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((long)Http3ErrorCode.NoError, closed.ApplicationErrorCode);
    }

    [Fact]
    [Trait("Review", "D17")]
    public async Task Disposing_does_not_wait_for_a_client_that_closed_and_is_gone()
    {
        await using var loopback = await Loopback.StartAsync(o => o.CloseTimeout = TimeSpan.FromSeconds(60));
        await using var relay = new UdpRelay(loopback.Port);
        await using var raw = await RawClient.ConnectAsync(
            loopback, o => o.RemoteEndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, relay.Port));
        var (stream, server) = await raw.OpenSessionAsync();
        relay.Hold();
        await stream.Output.WriteAsync(new byte[] { 0x68, 0x43, 4, 0, 0, 0, 9 }).Soon();
        await Patience.UntilAsync(() => relay.LongestHeld > 0);
        relay.Silence();
        await relay.ReleaseAsync();

        Assert.Equal(9u, (await server.Closed.Soon()).Code);
        await server.DisposeAsync().Soon();
    }
}
