using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>Streams and datagrams before, after and without their session (draft-ietf-webtrans-http3 §4, §4.6, §6).</summary>
public sealed class RoutingTests
{
    [Fact]
    public async Task What_comes_before_its_session_is_there_when_it_opens()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        await using var stream = await raw.OpenUnidirectionalAsync([0x40, 0x54, 0x00, .. "early"u8]);
        stream.CompleteWrites();
        await raw.Connection.Transport.SendDatagramAsync(new byte[] { 0x00, 42 }).Soon();
        var (_, server) = await raw.OpenSessionAsync();
        Assert.Equal(0, server.ConnectStreamId);

        await using var received = await server.AcceptUnidirectionalStreamAsync().Soon();
        Assert.Equal("early"u8.ToArray(), await received.ReadToEndAsync());
        var buffer = new byte[10];
        Assert.Equal(1, await server.ReceiveDatagramAsync(buffer).Soon());
        Assert.Equal(42, buffer[0]);
    }

    [Fact]
    public async Task W5_too_many_streams_before_their_session_cost_the_oldest()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var early = new List<QuicStream>();
        for (var i = 0; i < 25; i++)
            early.Add(await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x00));

        // Streams come in any order, so it may be any of them.
        await Task.WhenAny(early.Select(stream => stream.WritesClosed)).Soon();
        var evicted = Assert.Single(early, stream => stream.WritesClosed.IsCompleted);
        Assert.Equal(WireErrorCode.BufferedStreamRejected, await RawClient.StopCodeAsync(evicted));
        var (_, server) = await raw.OpenSessionAsync();
        for (var i = 0; i < 24; i++)
            await (await server.AcceptUnidirectionalStreamAsync().Soon()).DisposeAsync();
    }

    [Fact]
    public async Task W5_a_stream_whose_session_never_opens_is_refused_in_the_end()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var stream = await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x08);

        Assert.Equal(WireErrorCode.BufferedStreamRejected, await RawClient.StopCodeAsync(stream));
    }

    [Fact]
    public async Task W6_a_stream_for_a_session_that_has_ended_is_told_so()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (session, server) = await raw.OpenSessionAsync();
        await session.Output.CompleteAsync();
        await server.Closed.Soon();
        var stream = await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x00);

        Assert.Equal(WireErrorCode.SessionGone, await RawClient.StopCodeAsync(stream));
    }

    [Fact]
    public async Task A_stream_for_a_session_that_was_refused_is_told_so()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var early = await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x00);
        var request = await raw.RequestAsync();
        await (await loopback.Listener.AcceptAsync().Soon()).RejectAsync(404).Soon();
        Assert.Equal(404, (await request.GetResponseAsync().Soon()).Status);

        Assert.Equal(WireErrorCode.SessionGone, await RawClient.StopCodeAsync(early));
        Assert.Equal(WireErrorCode.SessionGone, await RawClient.StopCodeAsync(await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x00)));
    }

    // draft-ietf-webtrans-http3 §4
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_session_id_that_cannot_be_one_closes_the_connection(byte id)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        await raw.OpenUnidirectionalAsync(0x40, 0x54, id);
        var closed = await raw.Connection.Transport.Closed.Soon();

        Assert.Equal((long)Http3ErrorCode.IdError, closed.ApplicationErrorCode);
        await using var other = await loopback.ConnectPairAsync();
    }

    [Fact]
    public async Task A_bidirectional_stream_of_a_client_belongs_to_its_session()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (_, server) = await raw.OpenSessionAsync();
        var stream = await raw.Connection.Transport.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).Soon();
        foreach (var b in new byte[] { 0x40, 0x41, 0x40, 0x00 })
            await stream.WriteAsync(new[] { b }).Soon();
        await stream.WriteAsync("body"u8.ToArray(), completeWrites: true).Soon();

        await using var accepted = await server.AcceptBidirectionalStreamAsync().Soon();
        Assert.Equal("body"u8.ToArray(), await accepted.ReadToEndAsync());
    }

    [Fact]
    public async Task Codes_outside_the_range_reset_the_stream_without_a_code()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (_, server) = await raw.OpenSessionAsync();
        var stream = await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x00, 1);
        await using var received = await server.AcceptUnidirectionalStreamAsync().Soon();
        Assert.Equal(1, await received.ReadAsync(new byte[1]).Soon());
        stream.Abort(QuicAbortDirection.Write, 0x10c);
        var error = await Assert.ThrowsAsync<WebTransportException>(() => received.ReadAsync(new byte[1]).Soon());

        Assert.Equal(WebTransportError.StreamAborted, error.Error);
        Assert.Null(error.ErrorCode);
    }

    [Fact]
    public async Task Sessions_of_one_connection_are_kept_apart_and_limited()
    {
        await using var loopback = await Loopback.StartAsync(o => o.MaxSessionsPerConnection = 2);
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (first, firstServer) = await raw.OpenSessionAsync();
        var (_, secondServer) = await raw.OpenSessionAsync();
        await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x04, 2);
        await raw.OpenUnidirectionalAsync(0x40, 0x54, 0x00, 1);
        Assert.Equal(0, firstServer.ConnectStreamId);
        Assert.Equal(4, secondServer.ConnectStreamId);
        foreach (var (session, expected) in new[] { (firstServer, (byte)1), (secondServer, (byte)2) })
        {
            var buffer = new byte[1];
            await using var stream = await session.AcceptUnidirectionalStreamAsync().Soon();
            await stream.ReadExactlyAsync(buffer).Soon();
            Assert.Equal(expected, buffer[0]);
        }

        // The third is one too many, until one of them has ended.
        var third = await raw.RequestAsync();
        var rejected = await Assert.ThrowsAsync<Http3Exception>(() => third.GetResponseAsync().Soon());
        Assert.Equal(Http3ErrorCode.RequestRejected, rejected.ErrorCode);
        await first.Output.CompleteAsync();
        await firstServer.DisposeAsync().Soon();
        var (_, fourthServer) = await raw.OpenSessionAsync();
        Assert.False(secondServer.Closed.IsCompleted);
        Assert.False(fourthServer.Closed.IsCompleted);
    }

    [Fact]
    public async Task Requests_that_are_no_sessions_are_answered_and_do_no_harm()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        Assert.Equal(404, (await (await raw.RequestAsync(method: "GET", protocol: null)).GetResponseAsync().Soon()).Status);
        Assert.Equal(501, (await (await raw.RequestAsync(protocol: "connect-udp")).GetResponseAsync().Soon()).Status);
        Assert.Equal(403, (await (await raw.RequestAsync(headers: ("origin", "null"))).GetResponseAsync().Soon()).Status);
        Assert.Equal(403, (await (await raw.RequestAsync(headers: [("origin", "https://127.0.0.1"), ("origin", "https://evil.example")]))
            .GetResponseAsync().Soon()).Status);
        await raw.OpenSessionAsync();
    }

    [Fact]
    public async Task A_client_whose_settings_announce_no_draft_gets_no_session()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback, null, (0x4321, 1));
        var error = await Assert.ThrowsAsync<QuicException>(async () => await (await raw.RequestAsync()).GetResponseAsync().Soon());

        Assert.Equal((long)Http3ErrorCode.MessageError, error.ApplicationErrorCode);
    }

    [Fact]
    public async Task A_client_that_asks_for_draft_02_by_name_is_answered_by_name()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var request = await raw.RequestAsync(headers: ("sec-webtransport-http3-draft02", "1"));
        await using var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();

        Assert.Equal("draft02", (await request.GetResponseAsync().Soon()).Headers["sec-webtransport-http3-draft"]);
    }

    [Fact]
    public async Task The_server_announces_what_browsers_need_and_nothing_it_does_not_honour()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var settings = await raw.Connection.PeerSettings.Soon();

        Assert.Equal(1UL, settings[0x08]);
        Assert.Equal(1UL, settings[0x33]);
        Assert.Equal(1UL, settings[0xffd277]);
        Assert.Equal(1UL, settings[0x2b603742]);
        Assert.Equal(16UL, settings[0xc671706a]);
        foreach (var later in new ulong[] { 0x14e9cd29, 0x2c7cf000, 0x2b61, 0x2b64, 0x2b65 })
            Assert.False(settings.TryGetValue(later, out _));
        Assert.True(raw.Connection.Transport.SupportsReliableReset);
        Assert.True(raw.Connection.Transport.PeerSupportsDatagrams);
    }

    [Fact]
    [Trait("Review", "X1")]
    public async Task A_client_that_takes_no_response_of_any_size_is_told_apart_from_a_mistake_of_the_application()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var bare = await BareClient.ConnectAsync(loopback, null, (0x06, 20));
        await bare.RequestAsync();
        var request = await loopback.Listener.AcceptAsync().Soon();

        var error = await Assert.ThrowsAsync<WebTransportException>(() => request.AcceptAsync().Soon());
        Assert.Equal(WebTransportError.ProtocolError, error.Error);
        await using var other = await loopback.ConnectPairAsync();
    }

    [Fact]
    public async Task A_session_is_known_before_its_response_leaves()
    {
        // More than may wait for an unknown session. The response is longer than what the server buffers and the client gives credit for,
        // so
        // it is on its way while the streams come.
        const int Streams = 60;
        await using var loopback = await Loopback.StartAsync();
        await using var bare = await BareClient.ConnectAsync(loopback);
        await using var connect = await bare.RequestAsync();
        var request = await loopback.Listener.AcceptAsync().Soon();
        var accepting = request.AcceptAsync(new WebTransportHeaders { { "x-long", new string('a', 4 << 20) } }).AsTask();
        var streams = new List<QuicStream>();
        for (byte i = 0; i < Streams; i++)
            streams.Add(await bare.OpenUnidirectionalAsync(0x40, 0x54, 0x00, i));
        await Task.WhenAll(streams.Select(static stream => stream.WritesClosed)).Soon();
        Assert.False(accepting.IsCompleted);

        var reading = connect.CopyToAsync(Stream.Null);
        await using (var session = await accepting.Soon())
        {
            for (byte i = 0; i < Streams; i++)
            {
                await using var stream = await session.AcceptUnidirectionalStreamAsync().Soon();
                Assert.Equal([i], await stream.ReadToEndAsync());
            }

            connect.CompleteWrites();
        }

        await reading.Soon();
    }
}
