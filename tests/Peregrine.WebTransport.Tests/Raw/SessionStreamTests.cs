using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>What a peer may do on a session's own stream (draft-ietf-webtrans-http3 §6, RFC 9297 §3).</summary>
public sealed class SessionStreamTests
{
    private static readonly byte[] Drain = [0x80, 0x00, 0x78, 0xae, 0x00];
    private static readonly byte[] Unknown = [0x40, 0x99, 0x03, 1, 2, 3];

    [Fact]
    public async Task Capsules_are_understood_whichever_way_they_are_cut_into_data_frames()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        byte[] bytes = [.. Unknown, .. Drain, .. CloseSessionCapsuleTests.Encode(7, "grüße")];
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var (stream, server) = await raw.OpenSessionAsync();
            await stream.Output.WriteAsync(bytes.AsMemory(0, cut)).Soon();
            await stream.Output.WriteAsync(bytes.AsMemory(cut)).Soon();
            await stream.Output.CompleteAsync();
            var info = await server.Closed.Soon();

            Assert.Equal((7u, "grüße", WebTransportCloseInitiator.Peer), (info.Code, info.Reason, info.Initiator));
            Assert.True(server.Draining.IsCancellationRequested);

            // The server answers by ending its side.
            Assert.True((await stream.Input.ReadAsync().Soon()).IsCompleted);
            await stream.DisposeAsync();
            await server.DisposeAsync().Soon();
        }
    }

    [Fact]
    public async Task Capsules_may_come_one_byte_a_frame()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        foreach (var b in CloseSessionCapsuleTests.Encode(1, "byte by byte"))
            await stream.Output.WriteAsync(new[] { b }).Soon();

        // The end of the stream is not needed to know.
        Assert.Equal("byte by byte", (await server.Closed.Soon()).Reason);
    }

    [Fact]
    public async Task A_stream_that_ends_without_a_capsule_means_code_zero()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        await stream.Output.CompleteAsync();
        var info = await server.Closed.Soon();

        Assert.Equal((0u, "", WebTransportCloseInitiator.Peer), (info.Code, info.Reason, info.Initiator));
        Assert.Null(info.ConnectionError);
    }

    [Fact]
    public async Task A_stream_that_is_reset_ends_the_session_without_a_code()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        stream.Abort(Http3ErrorCode.RequestCancelled);
        var info = await server.Closed.Soon();

        Assert.Equal(WebTransportCloseInitiator.Connection, info.Initiator);
        Assert.NotNull(info.ConnectionError);

        // Only that session: the connection goes on.
        var (_, next) = await raw.OpenSessionAsync();
        Assert.False(next.Closed.IsCompleted);
    }

    public static TheoryData<string, byte[]> Malformed() => new()
    {
        { "W1: a reason of 1,025 bytes", CloseSessionCapsuleTests.Encode(1, new string('x', 1025)) },
        { "W1: 1 GiB declared", [0x68, 0x43, 0xc0, 0, 0, 0, 0x40, 0, 0, 0] },
        { "no whole code", [0x68, 0x43, 0x03, 0, 0, 1] },
        { "not UTF-8", [0x68, 0x43, 0x05, 0, 0, 0, 1, 0xff] },
        { "a drain with a body", [0x80, 0x00, 0x78, 0xae, 0x01, 0] },
        { "bytes after the close", [.. CloseSessionCapsuleTests.Encode(1, "a"), .. Unknown] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_stream_is_reset(string what, byte[] bytes)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        await stream.Output.WriteAsync(bytes).Soon();
        await server.Closed.Soon();

        Assert.True(await ResetCodeAsync(stream) == (long)Http3ErrorCode.MessageError, what);
    }

    [Fact]
    public async Task W1_a_close_longer_than_it_may_be_is_refused_before_it_has_come()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();

        // 1 GiB is declared; nothing of it follows.
        await stream.Output.WriteAsync(new byte[] { 0x68, 0x43, 0xc0, 0, 0, 0, 0x40, 0, 0, 0 }).Soon();
        await server.Closed.QuicklyAsync("The server waits for a reason of 1 GiB.");
        Assert.Equal((long)Http3ErrorCode.MessageError, await ResetCodeAsync(stream));
    }

    [Fact]
    public async Task A_stream_that_ends_within_a_capsule_is_malformed()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        await stream.Output.WriteAsync(Unknown.AsMemory(0, 4)).Soon();
        await stream.Output.CompleteAsync();
        var info = await server.Closed.Soon();

        Assert.Equal(WebTransportCloseInitiator.Connection, info.Initiator);
        Assert.Equal((long)Http3ErrorCode.MessageError, await ResetCodeAsync(stream));
    }

    [Fact]
    public async Task W2_an_unknown_capsule_is_skipped_as_it_streams_by()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();

        // 16 MiB, in an eight-byte length.
        await stream.Output.WriteAsync(new byte[] { 0x40, 0x99, 0xc0, 0, 0, 0, 0x01, 0, 0, 0 }).Soon();
        var piece = new byte[64 * 1024];
        for (var i = 0; i < 256; i++)
            await stream.Output.WriteAsync(piece).Soon();
        await stream.Output.WriteAsync(CloseSessionCapsuleTests.Encode(3, "after it")).Soon();

        Assert.Equal("after it", (await server.Closed.Soon()).Reason);
    }

    [Fact]
    public async Task W3_a_peer_that_gives_no_credit_does_not_hold_up_the_close()
    {
        await using var loopback = await Loopback.StartAsync(o => o.CloseTimeout = TimeSpan.FromMilliseconds(200));
        await using var raw = await RawClient.ConnectAsync(loopback, o => o.InitialReceiveWindowSizes = new QuicReceiveWindowSizes
        {
            LocallyInitiatedBidirectionalStream = 64,
            RemotelyInitiatedBidirectionalStream = 64,
            UnidirectionalStream = 64,
        });
        var (stream, server) = await raw.OpenSessionAsync();
        await server.CloseAsync(1, new string('x', 1024)).Soon();

        Assert.Equal(WebTransportCloseInitiator.Local, (await server.Closed.Soon()).Initiator);
        await Assert.ThrowsAsync<QuicException>(() => stream.ReadsClosed.Soon());
    }

    [Fact]
    public async Task The_close_is_followed_by_the_end_of_the_stream_and_nothing_stops_the_peer_before()
    {
        await using var loopback = await Loopback.StartAsync();
        await using var raw = await RawClient.ConnectAsync(loopback);
        var (stream, server) = await raw.OpenSessionAsync();
        var closing = server.CloseAsync(258, "bye").AsTask();
        using var received = new MemoryStream();
        await stream.Input.CopyToAsync(received).Soon();

        Assert.Equal(CloseBytes(258, "bye"), received.ToArray());

        // A STOP_SENDING ahead of the capsule costs Chromium and Firefox the code and the reason; there is none even now.
        Assert.False(stream.WritesClosed.IsCompleted);
        await stream.Output.CompleteAsync();
        await closing.Soon();
        await stream.WritesClosed.Soon();
    }

    private static byte[] CloseBytes(uint code, string reason)
    {
        var bytes = new byte[CloseSessionCapsule.MaxLength];
        return bytes[..CloseSessionCapsule.Write(bytes, code, reason)];
    }

    private static async Task<long?> ResetCodeAsync(Http3ClientRequest stream)
    {
        var error = await Assert.ThrowsAsync<QuicException>(async () =>
        {
            while (true)
            {
                var read = await stream.Input.ReadAsync().Soon();
                stream.Input.AdvanceTo(read.Buffer.End);
                Assert.False(read.IsCompleted, "The stream ended cleanly.");
            }
        });
        return error.ApplicationErrorCode;
    }
}
