using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>What a client does about a server that breaks the rules, and about responses.</summary>
public sealed class ClientRuleTests
{
    private static readonly byte[] Control = Bytes.Join([0], Bytes.Settings((0x08, 1), (0x33, 1)));

    private static byte[] Interim => Bytes.Headers((":status", "103"));

    private static Http3Request Get => new() { Method = "GET", Authority = "a.test", EndsStream = true };

    // RFC 9114 §4.6, §5.2, §6.2, §7.2.
    public static TheoryData<string, byte[], bool, Http3ErrorCode> UnidirectionalStreams => new()
    {
        { "no SETTINGS", Bytes.Hex("00 070100"), false, Http3ErrorCode.MissingSettings },
        { "MAX_PUSH_ID", Bytes.Hex("00 0400 0d0100"), false, Http3ErrorCode.FrameUnexpected },
        { "GOAWAY for no request", Bytes.Hex("00 0400 070101"), false, Http3ErrorCode.IdError },
        { "a growing GOAWAY", Bytes.Hex("00 0400 070104 070108"), false, Http3ErrorCode.IdError },
        { "a push", Bytes.Hex("01 00"), false, Http3ErrorCode.IdError },
        { "the control stream ends", Bytes.Hex("00 0400"), true, Http3ErrorCode.ClosedCriticalStream },
    };

    [Theory]
    [MemberData(nameof(UnidirectionalStreams))]
    public async Task A_wrong_unidirectional_stream_closes_the_connection(string what, byte[] bytes, bool end, Http3ErrorCode code)
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        await pair.RawServer.SendUnidirectionalAsync(bytes, end);
        Assert.True(code == await pair.RawServer.CloseCodeAsync(), what);
    }

    // RFC 9114 §6.1.
    [Fact]
    public async Task A_servers_bidirectional_stream_closes_the_connection()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        await pair.RawServer.SendRequestAsync(Bytes.Headers((":status", "200")));
        Assert.Equal(Http3ErrorCode.StreamCreationError, await pair.RawServer.CloseCodeAsync());
    }

    public static TheoryData<string, byte[], bool, Http3ErrorCode> MalformedResponses => new()
    {
        { "no response", [], true, Http3ErrorCode.MessageError },
        { "an interim response only", Interim, true, Http3ErrorCode.MessageError },
        { "101", Bytes.Headers((":status", "101")), false, Http3ErrorCode.MessageError },
        { "no status", Bytes.Headers(("a", "b")), false, Http3ErrorCode.MessageError },
        { "too many interim responses", Bytes.Join([.. Enumerable.Repeat(Interim, 17)]), false, Http3ErrorCode.ExcessiveLoad },
        { "a response too large", Bytes.FrameDeclaring(1, 1 << 20), false, Http3ErrorCode.ExcessiveLoad },
    };

    [Theory]
    [MemberData(nameof(MalformedResponses))]
    public async Task A_malformed_response_ends_its_stream_only(string what, byte[] bytes, bool end, Http3ErrorCode code)
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        var opened = await pair.Client.OpenRequestAsync(new Http3Request { Method = "POST", Authority = "a.test" }).WithinPatience();
        await using var stream = await AcceptRequestAsync(pair);
        await stream.WriteAsync(bytes, end).WithinPatience();
        var error = await Assert.ThrowsAsync<Http3Exception>(() => opened.GetResponseAsync().WithinPatience());
        Assert.True((error.ErrorCode, error.Scope) == (code, Http3ErrorScope.Stream), what);
        Assert.True(code == await stream.ResetCodeAsync(), what);
        Assert.False(pair.Client.ClosingToken.IsCancellationRequested);
        await opened.DisposeAsync();
        Assert.Equal(0, pair.Client.ActiveRequests);
    }

    [Fact]
    public async Task Interim_responses_come_before_the_final_one()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        var seen = new List<int>();
        var request = Get;
        request.InterimResponseReceived = interim => seen.Add(interim.Status);
        var responding = pair.Client.SendRequestAsync(request);
        await using var stream = await AcceptRequestAsync(pair);
        await stream.WriteAsync(Bytes.Join(
            Bytes.Headers((":status", "100")), Bytes.Frame(0x21), Bytes.Headers((":status", "103"), ("link", "x")),
            Bytes.Headers((":status", "200"), ("a", "b")), Bytes.Data("content"), Bytes.Headers(("t", "1"))), completeWrites: true)
            .WithinPatience();
        var response = await responding.WithinPatience();
        await using var exchange = response.Request;
        Assert.Equal([100, 103], seen);
        Assert.Equal((200, "b"), (response.Status, response.Headers["a"]));
        Assert.Equal("content", await exchange.Input.ReadTextAsync());
        Assert.Equal("1", exchange.Trailers!["t"]);
    }

    // RFC 9220 §3.
    [Fact]
    public async Task Extended_connect_waits_for_the_servers_settings()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        var opening = pair.Client.OpenRequestAsync(new Http3Request { Method = "CONNECT", Protocol = "x", Authority = "a.test" }).AsTask();
        await pair.RawServer.SendUnidirectionalAsync(Control);
        await using var opened = await opening.WithinPatience();
        Assert.Equal(0, opened.StreamId);
    }

    [Fact]
    public async Task Extended_connect_is_not_sent_to_a_server_that_takes_none()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        await pair.RawServer.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings((0x2b603742, 1))));
        var connect = new Http3Request { Method = "CONNECT", Protocol = "x", Authority = "a.test" };
        await Assert.ThrowsAsync<NotSupportedException>(() => pair.Client.OpenRequestAsync(connect).WithinPatience());
    }

    [Fact]
    public async Task An_extension_may_know_that_extended_connect_is_taken()
    {
        var extensions = new Http3Extensions { ImpliesExtendedConnect = settings => settings[0x2b603742] == 1 };
        await using var pair = await Http3Pair.WithRawServerAsync(new Http3ConnectionOptions { Extensions = extensions });
        await pair.RawServer.SendUnidirectionalAsync(Bytes.Join([0], Bytes.Settings((0x2b603742, 1))));
        var connect = new Http3Request { Method = "CONNECT", Protocol = "x", Authority = "a.test" };
        await using var opened = await pair.Client.OpenRequestAsync(connect).WithinPatience();
    }

    // RFC 9114 §4.1.1.
    [Fact]
    public async Task A_rejected_request_says_that_it_may_be_sent_again()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        var responding = pair.Client.SendRequestAsync(Get).AsTask();
        await using var stream = await AcceptRequestAsync(pair);
        stream.Abort(QuicAbortDirection.Both, (long)Http3ErrorCode.RequestRejected);
        await AssertRejectedAsync(responding);
    }

    // RFC 9114 §5.2.
    [Fact]
    public async Task Go_away_fails_what_the_server_did_not_process()
    {
        await using var pair = await Http3Pair.WithRawServerAsync();
        var first = pair.Client.SendRequestAsync(Get).AsTask();
        await using var stream = await AcceptRequestAsync(pair);
        var second = pair.Client.SendRequestAsync(Get).AsTask();
        await pair.RawServer.SendUnidirectionalAsync(Bytes.Join(Control, Bytes.Frame(7, 4)));
        await AssertRejectedAsync(second);
        await pair.Client.PeerGoingAway.WhenCancelledAsync();
        Assert.Equal(4, pair.Client.PeerGoAwayId);
        await AssertRejectedAsync(pair.Client.SendRequestAsync(Get).AsTask());
        await stream.WriteAsync(Bytes.Headers((":status", "200")), completeWrites: true).WithinPatience();
        await using var exchange = (await first.WithinPatience()).Request;
    }

    private static async Task AssertRejectedAsync(Task<Http3Response> responding)
    {
        var error = await Assert.ThrowsAsync<Http3Exception>(() => responding.WithinPatience());
        Assert.Equal(Http3ErrorCode.RequestRejected, error.ErrorCode);
    }

    private static async Task<QuicStream> AcceptRequestAsync(Http3Pair pair)
    {
        while (true)
        {
            var stream = await pair.RawServer.AcceptInboundStreamAsync().WithinPatience();
            if (stream.Type == QuicStreamType.Bidirectional)
                return stream;
        }
    }
}
