using System.Buffers;
using System.IO.Pipelines;

namespace Peregrine.Http3.Tests;

/// <summary>The capsule protocol (RFC 9297 §3); robustness W1, W2.</summary>
public sealed class CapsuleTests
{
    private static readonly Dictionary<ulong, int> Types = new() { [0x2843] = 1028, [0x78ae] = 0 };

    [Fact]
    public async Task Capsules_may_span_data_frames()
    {
        var pipe = await MessagePipe.AfterConnectAsync();
        // As webtransport-go splits its close: header in one DATA frame, value in the next.
        await pipe.ReceiveAsync(
            Bytes.Frame(0, Bytes.Hex("6843 06")), Bytes.Frame(0, Bytes.Hex("00000001 4142")),
            Bytes.Frame(0, Bytes.Hex("80")), Bytes.Frame(0x21), Bytes.Frame(0, Bytes.Hex("0078")), Bytes.Frame(0, Bytes.Hex("ae00")));
        pipe.ReceiveEnd();
        using var capsules = new CapsuleReader(pipe.Reader, pipe, Types);
        var close = (await capsules.ReadAsync())!.Value;
        Assert.Equal((0x2843UL, "000000014142"), (close.Type, Convert.ToHexStringLower(close.Value.Span)));
        var drain = (await capsules.ReadAsync())!.Value;
        Assert.Equal((0x78aeUL, 0), (drain.Type, drain.Value.Length));
        Assert.Null(await capsules.ReadAsync());
        Assert.Empty(pipe.Errors);
    }

    [Fact]
    public async Task Several_capsules_may_share_a_data_frame()
    {
        var pipe = await MessagePipe.AfterConnectAsync();
        await pipe.ReceiveAsync(Bytes.Frame(0, Bytes.Join(
            Bytes.Capsule(0x21, 1, 2, 3), Bytes.Capsule(0x2843, 1), Bytes.Capsule(0x4021),
            Bytes.Capsule(0x78ae), Bytes.Capsule(0x2843, 2))));
        pipe.ReceiveEnd();
        using var capsules = new CapsuleReader(pipe.Reader, pipe, Types);
        Assert.Equal([1], (await capsules.ReadAsync())!.Value.Value.ToArray());
        Assert.Equal(0x78aeUL, (await capsules.ReadAsync())!.Value.Type);
        Assert.Equal([2], (await capsules.ReadAsync())!.Value.Value.ToArray());
        Assert.Null(await capsules.ReadAsync());
        Assert.Null(await capsules.ReadAsync());
    }

    // Robustness W2.
    [Fact]
    public void An_unknown_capsule_of_any_length_is_skipped_unbuffered()
    {
        using var parser = new CapsuleParser(Types);
        Feed(parser, Bytes.FrameDeclaring(0x1234, (1UL << 62) - 1));
        var drip = new byte[1 << 16];
        Feed(parser, drip);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1024; i++)
            Feed(parser, drip);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Feed(CapsuleParser parser, byte[] bytes)
        {
            var buffer = new ReadOnlySequence<byte>(bytes);
            if (parser.TryRead(ref buffer, out _) || buffer.Length != 0)
                Assert.Fail("The bytes were not skipped.");
        }
    }

    // Robustness W1: a known capsule is refused at its length.
    [Theory]
    [InlineData("6843 4405")]
    [InlineData("6843 c000000040000000")]
    [InlineData("800078ae 01")]
    public async Task A_too_long_capsule_is_malformed_at_its_length(string hex)
    {
        var pipe = await MessagePipe.AfterConnectAsync();
        await pipe.ReceiveAsync(Bytes.Frame(0, Bytes.Hex(hex)));
        using var capsules = new CapsuleReader(pipe.Reader, pipe, Types);
        var error = await Assert.ThrowsAsync<Http3Exception>(async () => await capsules.ReadAsync());
        Assert.Equal((Http3ErrorCode.MessageError, Http3ErrorScope.Stream), (error.ErrorCode, error.Scope));
        Assert.Single(pipe.Errors);
    }

    // RFC 9297 §3.3.
    [Theory]
    [InlineData("68")]
    [InlineData("6843")]
    [InlineData("6843 02 00")]
    [InlineData("21 02 00")]
    public async Task A_capsule_cut_short_is_malformed(string hex)
    {
        var pipe = await MessagePipe.AfterConnectAsync();
        foreach (var octet in Bytes.Hex(hex))
            await pipe.ReceiveAsync(Bytes.Frame(0, octet));
        pipe.ReceiveEnd();
        using var capsules = new CapsuleReader(pipe.Reader, pipe, Types);
        var error = await Assert.ThrowsAsync<Http3Exception>(async () => await capsules.ReadAsync());
        Assert.Equal((Http3ErrorCode.MessageError, Http3ErrorScope.Stream), (error.ErrorCode, error.Scope));
    }

    [Fact]
    public void What_is_written_is_a_capsule()
    {
        var written = new ArrayBufferWriter<byte>();
        Capsule.Write(written, 0x190b4d3d, [1, 2]);
        Assert.Equal("990b4d3d020102", Convert.ToHexStringLower(written.WrittenSpan));
    }
}
