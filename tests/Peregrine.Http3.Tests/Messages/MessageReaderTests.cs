using System.Buffers;
using System.Text;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>The sequence of frames on a request stream (RFC 9114 §4.1, §7).</summary>
public sealed class MessageReaderTests
{
    [Fact]
    public async Task A_message_is_headers_content_and_trailers()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        await pipe.ReceiveAsync(Bytes.Data("hel"), Bytes.Data(""), Bytes.Data("lo"), Bytes.Headers(("digest", "x")));
        pipe.ReceiveEnd();
        Assert.Equal("hello", await pipe.ReadContentAsync());
        Assert.Equal("x", pipe.Reader.Trailers!["digest"]);
        Assert.Empty(pipe.Errors);
    }

    [Fact]
    public async Task A_message_may_come_byte_by_byte()
    {
        var pipe = new MessagePipe();
        var stream = Bytes.Join(
            Bytes.Frame(0x21, 1, 2, 3), Bytes.Headers(Bytes.Get), Bytes.Data("a"), Bytes.Frame(0x40, 9), Bytes.Data("b"),
            Bytes.Headers(("t", "1")));
        var sending = Task.Run(async () =>
        {
            foreach (var octet in stream)
                await pipe.ReceiveAsync([octet]);
            pipe.ReceiveEnd();
        });
        pipe.Reader.OnRequestHead(RequestHead.Parse(await pipe.Reader.ReadHeadAsync(default), true));
        Assert.Equal("ab", await pipe.ReadContentAsync());
        Assert.Equal("1", pipe.Reader.Trailers!["t"]);
        await sending;
    }

    // RFC 9114 §9, robustness F1: no byte of an unknown frame is kept, whatever length it declares.
    [Fact]
    public async Task An_unknown_frame_of_any_length_is_skipped_unbuffered()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        var reading = pipe.Reader.ReadAsync();
        await pipe.ReceiveAsync(Bytes.FrameDeclaring(0x21, 1UL << 61));
        var drip = new byte[48 * 1024];
        // The pipe holds back its writer at 64 KiB, so this ends only if the reader passes over what came.
        for (var i = 0; i < 64; i++)
            await pipe.ReceiveAsync(drip).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(reading.IsCompleted);
    }

    public static TheoryData<string, bool, byte[], Http3ErrorCode> IllegalAtTheHead => new()
    {
        { "DATA", true, Bytes.Data("x"), Http3ErrorCode.FrameUnexpected },
        { "SETTINGS", true, Bytes.Settings(), Http3ErrorCode.FrameUnexpected },
        { "GOAWAY", true, Bytes.Frame(7, 0), Http3ErrorCode.FrameUnexpected },
        { "MAX_PUSH_ID", true, Bytes.Frame(0x0d, 0), Http3ErrorCode.FrameUnexpected },
        { "CANCEL_PUSH", false, Bytes.Frame(3, 0), Http3ErrorCode.FrameUnexpected },
        { "PRIORITY_UPDATE", true, Bytes.Frame(0xf0700, 0), Http3ErrorCode.FrameUnexpected },
        { "PING of HTTP/2", true, Bytes.Frame(6), Http3ErrorCode.FrameUnexpected },
        { "PRIORITY of HTTP/2", false, Bytes.Frame(2), Http3ErrorCode.FrameUnexpected },
        { "WINDOW_UPDATE of HTTP/2", true, Bytes.Frame(8), Http3ErrorCode.FrameUnexpected },
        { "CONTINUATION of HTTP/2", true, Bytes.Frame(9), Http3ErrorCode.FrameUnexpected },
        { "PUSH_PROMISE of a client", true, Bytes.Frame(5, 0), Http3ErrorCode.FrameUnexpected },
        { "PUSH_PROMISE that was not allowed", false, Bytes.Frame(5, 0), Http3ErrorCode.IdError },
        { "a signal after a frame", true, Bytes.Join(Bytes.Frame(0x21), Bytes.VarInt(0x41), [4]), Http3ErrorCode.FrameError },
        { "an empty HEADERS", true, Bytes.Frame(1), Http3ErrorCode.QpackDecompressionFailed },
        { "a dynamic reference", true, Bytes.Frame(1, 0, 0, 0x80), Http3ErrorCode.QpackDecompressionFailed },
    };

    [Theory]
    [MemberData(nameof(IllegalAtTheHead))]
    public async Task An_illegal_first_frame_ends_the_connection(string what, bool isServer, byte[] frames, Http3ErrorCode code)
    {
        var pipe = new MessagePipe(isServer ? MessageRole.Request : MessageRole.Response, signals: 0x41);
        await pipe.ReceiveAsync(frames);
        var error = await Assert.ThrowsAsync<Http3Exception>(async () => await pipe.Reader.ReadHeadAsync(default));
        Assert.True((error.ErrorCode, error.Scope) == (code, Http3ErrorScope.Connection), what);
    }

    public static TheoryData<string, byte[], Http3ErrorCode> IllegalAfterTheHead => new()
    {
        { "DATA after trailers", Bytes.Join(Bytes.Headers(("a", "b")), Bytes.Data("x")), Http3ErrorCode.FrameUnexpected },
        { "HEADERS after trailers", Bytes.Join(Bytes.Headers(("a", "b")), Bytes.Headers(("a", "b"))), Http3ErrorCode.FrameUnexpected },
        { "SETTINGS after DATA", Bytes.Join(Bytes.Data("x"), Bytes.Settings()), Http3ErrorCode.FrameUnexpected },
    };

    [Theory]
    [MemberData(nameof(IllegalAfterTheHead))]
    public async Task An_illegal_later_frame_ends_the_connection(string what, byte[] frames, Http3ErrorCode code)
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        await pipe.ReceiveAsync(frames);
        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        var error = Assert.Single(pipe.Errors);
        Assert.True((error.ErrorCode, error.Scope) == (code, Http3ErrorScope.Connection), what);
    }

    // RFC 9114 §7.1.
    [Theory]
    [InlineData("00 05 6162")]
    [InlineData("00 05")]
    [InlineData("00")]
    [InlineData("21 05 61")]
    [InlineData("40")]
    [InlineData("01 05 0000")]
    public async Task A_stream_that_ends_inside_a_frame_ends_the_connection(string hex)
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        await pipe.ReceiveAsync(Bytes.Hex(hex));
        pipe.ReceiveEnd();
        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        var error = Assert.Single(pipe.Errors);
        Assert.Equal((Http3ErrorCode.FrameError, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    // RFC 9114 §4.1, §4.1.2.
    [Theory]
    [InlineData(true, Http3ErrorCode.RequestIncomplete)]
    [InlineData(false, Http3ErrorCode.MessageError)]
    public async Task A_stream_that_ends_before_its_head_is_a_stream_error(bool isServer, Http3ErrorCode code)
    {
        var pipe = new MessagePipe(isServer ? MessageRole.Request : MessageRole.Response);
        await pipe.ReceiveAsync(Bytes.Frame(0x21, 1));
        pipe.ReceiveEnd();
        var error = await Assert.ThrowsAsync<Http3Exception>(async () => await pipe.Reader.ReadHeadAsync(default));
        Assert.Equal((code, Http3ErrorScope.Stream), (error.ErrorCode, error.Scope));
    }

    // Robustness Q1: the limit holds for the encoded length as soon as it is known, for what it decodes to, and for trailers.
    [Fact]
    public async Task A_head_that_declares_too_much_is_refused_at_its_header()
    {
        var pipe = new MessagePipe();
        await pipe.ReceiveAsync(Bytes.FrameDeclaring(1, 1UL << 61));
        var error = await Assert.ThrowsAsync<Http3Exception>(async () => await pipe.Reader.ReadHeadAsync(default));
        Assert.Equal((Http3ErrorCode.ExcessiveLoad, Http3ErrorScope.Stream), (error.ErrorCode, error.Scope));
    }

    [Fact]
    public async Task Trailers_are_bounded_too()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        var bomb = Bytes.Join([0, 0], [.. Enumerable.Repeat(Bytes.Hex("ff16"), 1000).SelectMany(bytes => bytes)]);
        await pipe.ReceiveAsync(Bytes.Frame(1, bomb));
        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        Assert.Equal(Http3ErrorCode.ExcessiveLoad, Assert.Single(pipe.Errors).ErrorCode);
        Assert.Null(pipe.Reader.Trailers);
    }

    // RFC 9114 §4.4.
    [Fact]
    public async Task A_tunnel_has_no_trailers()
    {
        var pipe = await MessagePipe.AfterConnectAsync();
        await pipe.ReceiveAsync(Bytes.Data("x"), Bytes.Headers(("a", "b")));
        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        Assert.Equal(Http3ErrorCode.FrameUnexpected, Assert.Single(pipe.Errors).ErrorCode);
    }

    // Robustness F6.
    [Fact]
    public async Task Nothing_is_parsed_after_an_error()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        await pipe.ReceiveAsync(Bytes.Frame(4), Bytes.Data("fine"));
        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        Assert.Single(pipe.Errors);
    }

    // Robustness M1: content-length against what comes, on every way a message can end.
    [Theory]
    [InlineData("0", "", false, true)]
    [InlineData("0", "", true, true)]
    [InlineData("5", "hello", false, true)]
    [InlineData("5", "hello", true, true)]
    [InlineData("5", "", false, false)]
    [InlineData("5", "", true, false)]
    [InlineData("5", "hell", false, false)]
    [InlineData("5", "hell", true, false)]
    [InlineData("4", "hello", false, false)]
    [InlineData("0", "h", true, false)]
    public async Task Content_length_must_be_true(string declared, string content, bool withTrailers, bool isLegal)
    {
        var pipe = await MessagePipe.AfterHeadAsync(("content-length", declared));
        foreach (var c in content)
            await pipe.ReceiveAsync(Bytes.Data($"{c}"));
        if (withTrailers)
            await pipe.ReceiveAsync(Bytes.Headers(("a", "b")));
        pipe.ReceiveEnd();
        if (isLegal)
        {
            Assert.Equal(content, await pipe.ReadContentAsync());
            return;
        }

        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        var error = Assert.Single(pipe.Errors);
        Assert.Equal((Http3ErrorCode.MessageError, Http3ErrorScope.Stream), (error.ErrorCode, error.Scope));
    }

    [Fact]
    public async Task Content_beyond_its_length_is_noticed_at_the_frame_header()
    {
        var pipe = await MessagePipe.AfterHeadAsync(("content-length", "5"));
        await pipe.ReceiveAsync(Bytes.FrameDeclaring(0, (1UL << 62) - 1));
        await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync);
        Assert.Equal(Http3ErrorCode.MessageError, Assert.Single(pipe.Errors).ErrorCode);
    }

    // RFC 9110 §6.4.1: these have no content, whatever Content-Length says.
    [Theory]
    [InlineData("HEAD", "200", "5", "", true)]
    [InlineData("GET", "304", "5", "", true)]
    [InlineData("GET", "204", null, "", true)]
    [InlineData("HEAD", "200", "5", "hello", false)]
    [InlineData("GET", "304", "5", "hello", false)]
    [InlineData("GET", "204", null, "x", false)]
    [InlineData("GET", "200", "5", "", false)]
    public async Task Some_responses_never_have_content(string method, string status, string? declared, string content, bool isLegal)
    {
        var pipe = new MessagePipe(MessageRole.Response);
        (string, string)[] length = declared is null ? [] : [("content-length", declared)];
        await pipe.ReceiveAsync(Bytes.Headers([(":status", status), .. length]));
        var head = ResponseHead.Parse(await pipe.Reader.ReadHeadAsync(default));
        pipe.Reader.OnResponseHead(head, new Http3Request { Method = method, Authority = "a.test" });
        if (content.Length != 0)
            await pipe.ReceiveAsync(Bytes.Data(content));
        pipe.ReceiveEnd();
        if (isLegal)
            Assert.Equal("", await pipe.ReadContentAsync());
        else
            Assert.Equal(Http3ErrorCode.MessageError, (await Assert.ThrowsAsync<Http3Exception>(pipe.ReadContentAsync)).ErrorCode);
    }

    // RFC 9114 §4.1: interim responses, then the final one. Robustness M3.
    [Fact]
    public async Task Data_after_an_interim_response_ends_the_connection()
    {
        var pipe = new MessagePipe(MessageRole.Response);
        await pipe.ReceiveAsync(Bytes.Headers((":status", "103")), Bytes.Data("x"));
        Assert.Equal(103, ResponseHead.Parse(await pipe.Reader.ReadHeadAsync(default)).Status);
        var error = await Assert.ThrowsAsync<Http3Exception>(async () => await pipe.Reader.ReadHeadAsync(default));
        Assert.Equal(Http3ErrorCode.FrameUnexpected, error.ErrorCode);
    }

    [Fact]
    public async Task Content_left_unconsumed_is_joined_over_the_borders_of_frames()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        foreach (var c in "border")
            await pipe.ReceiveAsync(Bytes.Data($"{c}"), Bytes.Frame(0x21, 7));
        var seen = "";
        while (seen.Length < 6)
        {
            var result = await pipe.Reader.ReadAsync();
            var now = Encoding.Latin1.GetString(result.Buffer.ToArray());
            Assert.True(now.StartsWith(seen, StringComparison.Ordinal) && now.Length > seen.Length);
            seen = now;
            // The first character is consumed late, the rest never.
            pipe.Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        Assert.Equal("border", seen);
        await pipe.ReceiveAsync(Bytes.Data("!"));
        pipe.ReceiveEnd();
        var joined = await pipe.Reader.ReadAtLeastAsync(7);
        Assert.Equal("border!", Encoding.Latin1.GetString(joined.Buffer.ToArray()));
        pipe.Reader.AdvanceTo(joined.Buffer.GetPosition(3));
        Assert.Equal("der!", await pipe.ReadContentAsync());
    }

    [Fact]
    public async Task What_was_not_examined_is_given_again_at_once()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        await pipe.ReceiveAsync(Bytes.Data("abc"));
        var result = await pipe.Reader.ReadAsync();
        pipe.Reader.AdvanceTo(result.Buffer.GetPosition(1), result.Buffer.GetPosition(2));
        Assert.True(pipe.Reader.TryRead(out var again));
        Assert.Equal("bc", Encoding.Latin1.GetString(again.Buffer.ToArray()));
        pipe.Reader.AdvanceTo(again.Buffer.End);
        Assert.False(pipe.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        using var cancellation = new CancellationTokenSource();
        var reading = pipe.Reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        var pending = pipe.Reader.ReadAsync().AsTask();
        pipe.Reader.CancelPendingRead();
        var cancelled = await pending;
        Assert.True(cancelled.IsCanceled && cancelled.Buffer.IsEmpty);
        pipe.Reader.AdvanceTo(cancelled.Buffer.End);

        await pipe.ReceiveAsync(Bytes.Data("abc"));
        pipe.ReceiveEnd();
        Assert.Equal("abc", await pipe.ReadContentAsync());
    }

    // RFC 9114 §4.1: a server that has no use for the rest says so without an error.
    [Fact]
    public async Task Completing_before_the_end_stops_the_peer()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        pipe.Reader.Complete();
        pipe.Reader.Complete();
        Assert.Equal([(QuicAbortDirection.Read, Http3ErrorCode.NoError)], pipe.Aborts);
    }

    [Fact]
    public async Task Completing_after_the_end_stops_nobody()
    {
        var pipe = await MessagePipe.AfterHeadAsync();
        pipe.ReceiveEnd();
        await pipe.ReadContentAsync();
        pipe.Reader.Complete();
        Assert.Empty(pipe.Aborts);
    }
}
