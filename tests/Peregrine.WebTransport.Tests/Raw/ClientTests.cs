using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>What the client asks of servers, and how it takes what they do.</summary>
public sealed class ClientTests
{
    private const ulong Enable02 = 0x2b603742;
    private const ulong MaxSessions07 = 0xc671706a;

    [Fact]
    public async Task A_server_of_draft_07_gets_a_plain_request()
    {
        await using var raw = await RawServer.StartAsync((MaxSessions07, 1), (Enable02, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var request = await connection.AcceptRequestAsync().Soon();
        Assert.Equal(("CONNECT", "webtransport", "https", "/path"), (request.Method, request.Protocol, request.Scheme, request.Path));
        Assert.Equal(raw.Address.Authority, request.Authority);
        Assert.Empty(request.Headers);
        var settings = await connection.PeerSettings.Soon();
        Assert.Equal((1UL, 1UL, 1UL), (settings[Enable02], settings[MaxSessions07], settings[0x33]));
        await request.RespondAsync(200).Soon();
        await using var client = await connecting;
    }

    [Fact]
    public async Task A_server_of_draft_02_is_told_that_the_client_speaks_it()
    {
        await using var raw = await RawServer.StartAsync((Enable02, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var request = await connection.AcceptRequestAsync().Soon();
        Assert.Equal("1", request.Headers["sec-webtransport-http3-draft02"]);
        await request.RespondAsync(204).Soon();
        await using var client = await connecting;
    }

    [Fact]
    public async Task A_server_without_webtransport_is_never_asked()
    {
        await using var raw = await RawServer.StartAsync();
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => connecting);
        Assert.Equal(WebTransportError.ProtocolError, error.Error);

        // WT_REQUIREMENTS_NOT_MET says why.
        Assert.Equal(0x212c0d48, (await connection.Transport.Closed.Soon()).ApplicationErrorCode);
    }

    [Fact]
    public async Task The_header_fields_of_a_refusal_are_there_to_read()
    {
        await using var raw = await RawServer.StartAsync((MaxSessions07, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var request = await connection.AcceptRequestAsync().Soon();
        await request.RespondAsync(307, new HttpFields { { "location", "https://elsewhere.example/" } }, endStream: true).Soon();
        var error = await Assert.ThrowsAsync<WebTransportException>(() => connecting);

        Assert.Equal(307, error.StatusCode);
        Assert.Equal("https://elsewhere.example/", error.ResponseHeaders["location"]);
    }

    [Fact]
    public async Task A_server_that_takes_no_more_requests_is_a_refusal()
    {
        await using var raw = await RawServer.StartAsync((MaxSessions07, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        (await connection.AcceptRequestAsync().Soon()).Abort(Http3ErrorCode.RequestRejected);
        var error = await Assert.ThrowsAsync<WebTransportException>(() => connecting);

        Assert.Equal(WebTransportError.SessionRejected, error.Error);
        Assert.Null(error.StatusCode);
    }

    // draft-ietf-webtrans-http3 §4.6: the server may speak as soon as it has the request.
    [Fact]
    public async Task What_a_server_sends_ahead_of_its_response_is_kept()
    {
        await using var raw = await RawServer.StartAsync((MaxSessions07, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var request = await connection.AcceptRequestAsync().Soon();
        var stream = await connection.Transport.OpenOutboundStreamAsync(QuicStreamType.Bidirectional).Soon();
        await stream.WriteAsync(new byte[] { 0x40, 0x41, 0x00, (byte)'!' }, completeWrites: true).Soon();
        await connection.PeerSettings.Soon();
        await request.SendDatagramAsync(new byte[] { 7 }).Soon();
        await request.RespondAsync(200).Soon();
        await using var client = await connecting;

        await using var accepted = await client.AcceptBidirectionalStreamAsync().Soon();
        Assert.Equal(new[] { (byte)'!' }, await accepted.ReadToEndAsync());
        Assert.Equal(1, await client.ReceiveDatagramAsync(new byte[1]).Soon());
    }

    // A client knows the session that it asks for, so that the limit on streams of unknown sessions (24) does not apply to it.
    [Fact]
    public async Task Ninety_streams_ahead_of_the_response_are_all_kept()
    {
        await using var raw = await RawServer.StartAsync((MaxSessions07, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var request = await connection.AcceptRequestAsync().Soon();
        var streams = new List<QuicStream>();
        for (var i = 0; i < 90; i++)
        {
            streams.Add(await connection.Transport.OpenOutboundStreamAsync(QuicStreamType.Unidirectional).Soon());
            await streams[i].WriteAsync(new byte[] { 0x40, 0x54, 0x00, (byte)'!' }, completeWrites: true).Soon();
        }

        // Everything has arrived before the response leaves.
        foreach (var stream in streams)
            await stream.WritesClosed.Soon();
        await request.RespondAsync(200).Soon();
        await using var client = await connecting;
        for (var i = 0; i < 90; i++)
        {
            await using var accepted = await client.AcceptUnidirectionalStreamAsync().Soon();
            Assert.Equal(new[] { (byte)'!' }, await accepted.ReadToEndAsync());
        }
    }

    // draft-ietf-webtrans-http3 §4.7
    [Fact]
    public async Task Goaway_drains_the_session_which_goes_on()
    {
        await using var raw = await RawServer.StartAsync((MaxSessions07, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var request = await connection.AcceptRequestAsync().Soon();
        await request.RespondAsync(200).Soon();
        await using var client = await connecting;
        var draining = new TaskCompletionSource();
        client.Draining.Register(draining.SetResult);
        await connection.GoAwayAsync().Soon();
        await draining.Task.Soon();

        Assert.False(client.Closed.IsCompleted);
        Assert.Equal(WebTransportDatagramResult.Queued, client.TrySendDatagram([1]));
    }

    [Fact]
    public async Task Disposing_the_session_ends_its_stream_and_then_its_connection()
    {
        await using var raw = await RawServer.StartAsync((MaxSessions07, 1));
        var connecting = WebTransportClient.ConnectAsync(raw.Address, raw.ClientOptions).Soon();
        await using var connection = await raw.AcceptAsync();
        var request = await connection.AcceptRequestAsync().Soon();
        await request.RespondAsync(200).Soon();
        var client = await connecting;
        var disposing = client.CloseAsync(2, "ciao").AsTask();
        using var received = new MemoryStream();
        await request.Input.CopyToAsync(received).Soon();
        byte[] expected = [0x68, 0x43, 0x08, 0, 0, 0, 2, .. "ciao"u8];
        Assert.Equal(expected, received.ToArray());

        // draft-ietf-webtrans-http3 §6: the connection waits for the peer's end of the stream.
        Assert.False(connection.Transport.Closed.IsCompleted);
        await request.Output.CompleteAsync();
        await disposing.Soon();
        Assert.Equal((long)Http3ErrorCode.NoError, (await connection.Transport.Closed.Soon()).ApplicationErrorCode);
    }
}
