using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>What a server does about a client that breaks the rules: the code on the wire, and how far it reaches.</summary>
public sealed class ServerRuleTests
{
    private static readonly byte[] Control = Bytes.Join([0], Bytes.Settings());

    // RFC 9114 §6.2, §7.2, §8; RFC 9204 §4.2.
    public static TheoryData<string, byte[], bool, Http3ErrorCode> UnidirectionalStreams => new()
    {
        { "no SETTINGS", Bytes.Hex("00 070100"), false, Http3ErrorCode.MissingSettings },
        { "a second SETTINGS", Bytes.Hex("00 0400 0400"), false, Http3ErrorCode.FrameUnexpected },
        { "a setting twice", Bytes.Hex("00 0404 06010601"), false, Http3ErrorCode.SettingsError },
        { "DATA", Bytes.Hex("00 0400 0000"), false, Http3ErrorCode.FrameUnexpected },
        { "the control stream ends", Bytes.Hex("00 0400"), true, Http3ErrorCode.ClosedCriticalStream },
        { "the control stream ends at once", Bytes.Hex("00"), true, Http3ErrorCode.ClosedCriticalStream },
        { "the encoder stream ends", Bytes.Hex("02"), true, Http3ErrorCode.ClosedCriticalStream },
        { "the decoder stream ends", Bytes.Hex("03"), true, Http3ErrorCode.ClosedCriticalStream },
        { "an insertion", Bytes.Hex("02 4161"), false, Http3ErrorCode.QpackEncoderStreamError },
        { "an acknowledgement", Bytes.Hex("03 80"), false, Http3ErrorCode.QpackDecoderStreamError },
        { "a push stream", Bytes.Hex("01 00"), false, Http3ErrorCode.StreamCreationError },
    };

    [Theory]
    [MemberData(nameof(UnidirectionalStreams))]
    public async Task A_wrong_unidirectional_stream_closes_the_connection(string what, byte[] bytes, bool end, Http3ErrorCode code)
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.RawClient.SendUnidirectionalAsync(bytes, end);
        Assert.True(code == await pair.RawClient.CloseCodeAsync(), what);
        var error = await Assert.ThrowsAsync<Http3Exception>(() => pair.Server.AcceptRequestAsync().WithinPatience());
        Assert.Equal(code, error.ErrorCode);
    }

    [Theory]
    [InlineData("00 0400")]
    [InlineData("02")]
    [InlineData("03")]
    public async Task A_second_critical_stream_closes_the_connection(string hex)
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Hex(hex));
        await pair.RawClient.SendUnidirectionalAsync(Bytes.Hex(hex));
        Assert.Equal(Http3ErrorCode.StreamCreationError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    public async Task A_reset_control_stream_closes_the_connection()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        var control = await pair.RawClient.SendUnidirectionalAsync(Control);
        await pair.Server.PeerSettings.WithinPatience();
        control.Abort(QuicAbortDirection.Write, 0);
        Assert.Equal(Http3ErrorCode.ClosedCriticalStream, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    public async Task Stopping_the_servers_control_stream_closes_the_connection()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await using var control = await pair.RawClient.AcceptInboundStreamAsync().WithinPatience();
        control.Abort(QuicAbortDirection.Read, 0);
        Assert.Equal(Http3ErrorCode.ClosedCriticalStream, await pair.RawClient.CloseCodeAsync());
    }

    // RFC 9114 §6.2: unknown types are stopped at most; streams may end before they say what they are.
    [Fact]
    public async Task An_unknown_unidirectional_stream_is_stopped_and_nothing_else()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        var unknown = await pair.RawClient.SendUnidirectionalAsync(Bytes.Hex("21 aabbcc"));
        Assert.Equal(Http3ErrorCode.StreamCreationError, await unknown.StopCodeAsync());
        await pair.RawClient.SendUnidirectionalAsync([], end: true);
        await pair.RawClient.SendUnidirectionalAsync([0x40], end: true);
        (await pair.RawClient.SendUnidirectionalAsync([0x40])).Abort(QuicAbortDirection.Write, 5);
        await pair.AssertServesAsync();
    }

    public static TheoryData<string, byte[], bool, Http3ErrorCode> ConnectionErrorsOfRequests => new()
    {
        { "DATA first", Bytes.Data("x"), false, Http3ErrorCode.FrameUnexpected },
        { "SETTINGS", Bytes.Settings(), false, Http3ErrorCode.FrameUnexpected },
        { "a frame of HTTP/2", Bytes.Frame(6), false, Http3ErrorCode.FrameUnexpected },
        { "PUSH_PROMISE", Bytes.Frame(5, 0), false, Http3ErrorCode.FrameUnexpected },
        { "a dynamic reference", Bytes.Frame(1, 0, 0, 0x80), false, Http3ErrorCode.QpackDecompressionFailed },
        { "half a frame", [1, 5, 0], true, Http3ErrorCode.FrameError },
    };

    [Theory]
    [MemberData(nameof(ConnectionErrorsOfRequests))]
    public async Task Some_errors_on_a_request_stream_close_the_connection(string what, byte[] bytes, bool end, Http3ErrorCode code)
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.RawClient.SendRequestAsync(bytes, end);
        Assert.True(code == await pair.RawClient.CloseCodeAsync(), what);
    }

    // RFC 9114 §4.1, §4.1.2.
    public static TheoryData<string, byte[], bool, Http3ErrorCode> StreamErrorsOfRequests => new()
    {
        { "no request", [], true, Http3ErrorCode.RequestIncomplete },
        { "a frame but no request", Bytes.Frame(0x21), true, Http3ErrorCode.RequestIncomplete },
        { "no :path", Bytes.Headers(Bytes.Get[..3]), false, Http3ErrorCode.MessageError },
        { "upper case", Bytes.Headers([.. Bytes.Get, ("A", "b")]), false, Http3ErrorCode.MessageError },
    };

    [Theory]
    [MemberData(nameof(StreamErrorsOfRequests))]
    public async Task Others_end_their_stream_only(string what, byte[] bytes, bool end, Http3ErrorCode code)
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await using var stream = await pair.RawClient.SendRequestAsync(bytes, end);
        Assert.True(code == await stream.ResetCodeAsync(), what);
        await pair.AssertServesAsync();
    }

    // RFC 9114 §4.2.2.
    [Fact]
    public async Task A_too_large_head_is_answered_with_431()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.FrameDeclaring(1, 1 << 20, 0, 0));
        var response = await stream.ReadToEndAsync();
        // :status with the name of entry 24 and the literal 431.
        Assert.Equal(Bytes.Frame(1, 0, 0, 0x5f, 0x09, 0x03, (byte)'4', (byte)'3', (byte)'1'), response);
        Assert.Equal(Http3ErrorCode.ExcessiveLoad, await stream.StopCodeAsync());
        await pair.AssertServesAsync();
    }

    // RFC 9297 §2.1; robustness W11.
    [Theory]
    [InlineData("")]
    [InlineData("40")]
    [InlineData("d000000000000000")]
    public async Task A_datagram_without_a_stream_closes_the_connection(string hex)
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.RawClient.SendDatagramAsync(Bytes.Hex(hex)).WithinPatience();
        Assert.Equal(Http3ErrorCode.DatagramError, await pair.RawClient.CloseCodeAsync());
    }

    [Fact]
    public async Task A_datagram_for_nobody_is_dropped()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await pair.RawClient.SendDatagramAsync(Bytes.Hex("07aa")).WithinPatience();
        await pair.AssertServesAsync();
        await SpinAsync(() => pair.Server.DatagramsDropped == 1);
    }

    [Fact]
    public async Task A_malformed_content_resets_its_stream()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await using var stream = await pair.RawClient.SendRequestAsync(
            Bytes.Join(Bytes.Headers([.. Bytes.Get, ("content-length", "9")]), Bytes.Data("short")), end: true);
        await using (var request = await pair.Server.AcceptRequestAsync().WithinPatience())
        {
            var error = await Assert.ThrowsAsync<Http3Exception>(() => request.Input.ReadTextAsync());
            Assert.Equal(Http3ErrorCode.MessageError, error.ErrorCode);
            Assert.Equal(Http3ErrorCode.MessageError, await stream.ResetCodeAsync());
            await request.Aborted.WhenCancelledAsync();
        }

        await pair.AssertServesAsync();
    }

    [Fact]
    public async Task A_request_that_is_not_disposed_properly_is_reset()
    {
        await using var pair = await Http3Pair.WithRawClientAsync();
        await using var stream = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get), end: true);
        await (await pair.Server.AcceptRequestAsync().WithinPatience()).DisposeAsync();
        Assert.Equal(Http3ErrorCode.RequestRejected, await stream.ResetCodeAsync());
        Assert.Equal(0, pair.Server.ActiveRequests);
    }

    [Fact]
    public async Task More_requests_than_allowed_are_rejected()
    {
        await using var pair = await Http3Pair.WithRawClientAsync(new Http3ConnectionOptions { MaxConcurrentRequests = 1 });
        await using var first = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get));
        await using var request = await pair.Server.AcceptRequestAsync().WithinPatience();
        await using var second = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get));
        Assert.Equal(Http3ErrorCode.RequestRejected, await second.ResetCodeAsync());
        await request.DisposeAsync();
        await pair.AssertServesAsync();
    }

    [Fact]
    public async Task More_requests_than_may_wait_are_rejected()
    {
        await using var pair = await Http3Pair.WithRawClientAsync(new Http3ConnectionOptions { MaxPendingRequests = 1 });
        await using var first = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get));
        await using var second = await pair.RawClient.SendRequestAsync(Bytes.Headers(Bytes.Get));
        var rejected = await Task.WhenAny(first.ReadToEndAsync(), second.ReadToEndAsync()).WithinPatience();
        var failure = await Assert.ThrowsAsync<QuicException>(() => rejected);
        Assert.Equal((long)Http3ErrorCode.RequestRejected, failure.ApplicationErrorCode);
    }

    [Fact]
    public async Task A_slow_head_times_out()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var pair = await Http3Pair.WithRawClientAsync(new Http3ConnectionOptions { TimeProvider = time });
        await using var stream = await pair.RawClient.SendRequestAsync([1]);
        var reset = stream.ResetCodeAsync();
        while (!reset.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await Task.Yield();
        }

        Assert.Equal(Http3ErrorCode.RequestIncomplete, await reset);
    }

    private static async Task SpinAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Http3Pair.Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
