using System.Text;
using System.Threading.Channels;

namespace Peregrine.Http3.Tests;

/// <summary>HTTP datagrams that break rules, and those that come in capsules (RFC 9297 §2.1 and §3.5).</summary>
public sealed class DatagramRuleTests
{
    private static (string, string)[] Connect =>
        [(":method", "CONNECT"), (":scheme", "https"), (":authority", "a.test"), (":path", "/"), (":protocol", "x")];

    [Fact]
    [Trait("Review", "D11")]
    public async Task A_datagram_in_a_capsule_reaches_the_requests_receiver()
    {
        await using var pair = await Http3Pair.WithRawClientAsync(WithCapsule());
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Connect));
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        var received = Channel.CreateUnbounded<string>();
        request.ReceiveDatagrams(payload => received.Writer.TryWrite(Encoding.Latin1.GetString(payload)));
        using var capsules = new CapsuleReader(request);
        var reading = capsules.ReadAsync();
        await stream.WriteAsync(Bytes.Frame(0, Bytes.Join(Bytes.Capsule(0, "one"u8.ToArray()), Bytes.Capsule(0))));
        Assert.Equal("one", await received.Reader.ReadAsync().WithinPatience());
        Assert.Equal("", await received.Reader.ReadAsync().WithinPatience());
        await stream.WriteAsync(Bytes.Frame(0, Bytes.Join(Bytes.Capsule(0, new byte[65_535]), Bytes.Capsule(0x1234, 7))));
        Assert.Equal(65_535, (await received.Reader.ReadAsync().WithinPatience()).Length);
        Assert.Equal([7], (await reading.WithinPatience())!.Value.Value.ToArray());
    }

    // RFC 9297 §3.5: what is too large to be of use is discarded without being gathered.
    [Fact]
    [Trait("Review", "D11")]
    public async Task A_datagram_capsule_above_64_KiB_is_skipped_and_the_next_one_read()
    {
        await using var pair = await Http3Pair.WithRawClientAsync(WithCapsule());
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Connect));
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        var lengths = Channel.CreateUnbounded<int>();
        request.ReceiveDatagrams(payload => lengths.Writer.TryWrite(payload.Length));
        using var capsules = new CapsuleReader(request);
        var reading = capsules.ReadAsync();
        await stream.WriteAsync(
            Bytes.Frame(0, Bytes.Join(Bytes.Capsule(0, new byte[65_536]), Bytes.Capsule(0, 1, 2), Bytes.Capsule(0x1234))));
        Assert.NotNull(await reading.WithinPatience());
        Assert.Equal(2, await lengths.Reader.ReadAsync().WithinPatience());
    }

    // RFC 9297 §3.3.
    [Fact]
    [Trait("Review", "D11")]
    public async Task A_stream_that_ends_inside_a_datagram_capsule_is_malformed()
    {
        await using var pair = await Http3Pair.WithRawClientAsync(WithCapsule());
        await using var stream = await pair.RawClient.SendRequestAsync(
            Bytes.Join(Bytes.Headers(Connect), Bytes.Frame(0, Bytes.FrameDeclaring(0, 5, 1, 2))), end: true);
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        request.ReceiveDatagrams(_ => Assert.Fail("Half a datagram is none."));
        using var capsules = new CapsuleReader(request);
        var error = await Assert.ThrowsAsync<Http3Exception>(() => capsules.ReadAsync().WithinPatience());
        Assert.Equal(Http3ErrorCode.MessageError, error.ErrorCode);
        Assert.Equal(Http3ErrorCode.MessageError, await stream.ResetCodeAsync());
    }

    // RFC 9297 §2.1.
    [Fact]
    [Trait("Review", "N14")]
    public async Task A_datagram_for_a_stream_beyond_the_limit_closes_the_connection()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        var limit = (ulong)pair.RawServer.GetInboundStreamLimit(Quic.QuicStreamType.Bidirectional);
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings((0x33, 1))));
        await pair.Server.PeerSettings.WithinPatience();
        await pair.RawClient.SendDatagramAsync(Bytes.VarInt(limit - 1)).WithinPatience();
        await pair.AssertServesAsync();
        await pair.RawClient.SendDatagramAsync(Bytes.VarInt(limit + 1)).WithinPatience();
        Assert.Equal(Http3ErrorCode.IdError, await pair.RawClient.CloseCodeAsync());
    }

    [Theory]
    [Trait("Review", "N14")]
    [InlineData(0x00)]
    [InlineData(0x02)]
    [InlineData(0x03)]
    [InlineData(0x04)]
    [InlineData(0x05)]
    public async Task A_setting_reserved_for_HTTP_2_closes_the_connection(byte id)
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.RawClient.SendUnidirectionalAsync([0, 4, 2, id, 0]);
        Assert.Equal(Http3ErrorCode.SettingsError, await pair.RawClient.CloseCodeAsync());
    }

    // The option is one of two that must agree; alone it announces nothing, since peers close connections over the contradiction.
    [Fact]
    [Trait("Review", "D15")]
    public async Task Datagrams_are_not_announced_where_the_transport_takes_none()
    {
        await using var pair = await Http3Pair.ConnectAsync(withDatagrams: false);
        Assert.False((await pair.Client.PeerSettings.WithinPatience()).H3Datagram);
        Assert.False((await pair.Server.PeerSettings.WithinPatience()).H3Datagram);
    }

    private static Http3ConnectionOptions WithCapsule()
    {
        var options = new Http3ConnectionOptions();
        options.Extensions.AddCapsuleType(0x1234, 10);
        return options;
    }
}
