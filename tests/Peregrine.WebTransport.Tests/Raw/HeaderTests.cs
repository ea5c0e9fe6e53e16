using System.Net;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>Streams whose header comes late, in pieces, ahead of its session, or just before a reset.</summary>
public sealed class HeaderTests
{
    private static readonly byte[] Header = [0x40, 0x54, 0x00];

    [Theory]
    [Trait("Review", "D3")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_stream_that_has_not_said_whose_it_is_holds_up_no_other(int known)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (_, server) = await raw.OpenSessionAsync();
        var late = await raw.OpenUnidirectionalAsync(Header[..known]);
        for (byte i = 1; i <= 20; i++)
            await raw.OpenUnidirectionalAsync([.. Header, i]);
        for (byte i = 1; i <= 20; i++)
            Assert.Equal(i, await FirstByteAsync(server));

        await late.WriteAsync((byte[])[.. Header[known..], 99]).Soon();
        Assert.Equal(99, await FirstByteAsync(server));
    }

    [Fact]
    [Trait("Review", "D3")]
    public async Task Streams_ahead_of_their_session_keep_their_order()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        for (byte i = 0; i < 24; i++)
            await raw.OpenUnidirectionalAsync([.. Header, i]);
        var (_, server) = await raw.OpenSessionAsync();
        for (byte i = 24; i < 48; i++)
            await raw.OpenUnidirectionalAsync([.. Header, i]);

        for (byte i = 0; i < 48; i++)
            Assert.Equal(i, await FirstByteAsync(server));
    }

    // draft-ietf-webtrans-http3 §4.4: the peer's application gets the code, and so it does from peers without RESET_STREAM_AT.
    [Fact]
    [Trait("Review", "D4")]
    public async Task A_hundred_streams_opened_and_reset_at_once_are_all_accepted_with_their_codes()
    {
        const uint Streams = 100;
        await using var loopback = await Loopback.StartAsync();
        await using var relay = new UdpRelay(loopback.Port);
        await using var raw = await RawClient.ConnectAsync(loopback, o => o.RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, relay.Port));
        var (_, server) = await raw.OpenSessionAsync();

        // The headers are on their way, and arrive together with the resets behind them.
        relay.Hold();
        var streams = new List<QuicStream>();
        for (var i = 0; i < Streams; i++)
            streams.Add(await raw.OpenUnidirectionalAsync(Header));
        await raw.Connection.Transport.SendDatagramAsync(new byte[1000]).Soon();
        await Patience.UntilAsync(() => relay.LongestHeld > 1000);
        for (uint i = 0; i < Streams; i++)
            streams[(int)i].Abort(QuicAbortDirection.Write, StreamErrorCode.ToHttp3(i));
        await relay.ReleaseAsync();

        var codes = new List<uint?>();
        for (var i = 0; i < Streams; i++)
        {
            await using var stream = await server.AcceptUnidirectionalStreamAsync().Soon();
            var error = await Assert.ThrowsAsync<WebTransportException>(() => stream.ReadAsync(new byte[1]).Soon());
            Assert.Equal(WebTransportError.StreamAborted, error.Error);
            codes.Add(error.ErrorCode);
        }

        Assert.Equal(Enumerable.Range(0, (int)Streams).Select(static i => (uint?)i), codes.Order());
    }

    [Fact]
    public async Task W12_a_stream_reset_at_once_is_known_to_the_peer_though_its_first_packet_was_lost()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var relay = new UdpRelay(loopback.Port);
        var connecting = WebTransportClient.ConnectAsync(new Uri($"https://127.0.0.1:{relay.Port}/"), loopback.ClientOptions()).Soon();
        await using var server = await (await loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        await using var client = await connecting;

        var sent = client.Statistics.PacketsSent;
        relay.Silence();
        await using var opened = await client.OpenUnidirectionalStreamAsync().Soon();
        await Patience.UntilAsync(() => client.Statistics.PacketsSent > sent);
        opened.Abort(WebTransportAbortDirection.Write, 5);
        relay.Speak();

        await using var accepted = await server.AcceptUnidirectionalStreamAsync().AsTask()
            .QuicklyAsync("The server never heard of the stream.");
        var error = await Assert.ThrowsAsync<WebTransportException>(() => accepted.ReadAsync(new byte[1]).Soon());
        Assert.Equal(5u, error.ErrorCode);
    }

    private static async Task<byte> FirstByteAsync(WebTransportSession session)
    {
        var buffer = new byte[1];
        await using var stream = await session.AcceptUnidirectionalStreamAsync().Soon();
        await stream.ReadExactlyAsync(buffer).Soon();
        return buffer[0];
    }
}
