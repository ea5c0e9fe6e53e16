using System.IO.Pipelines;

namespace Peregrine.Http3.Tests;

public sealed class StreamRulesTests
{
    // RFC 9114 §6.2.1, RFC 9204 §4.2; robustness F3.
    [Theory]
    [InlineData(StreamType.Control)]
    [InlineData(StreamType.QpackEncoder)]
    [InlineData(StreamType.QpackDecoder)]
    public void ASecondCriticalStreamIsAnError(ulong type)
    {
        var streams = new UniqueStreams();
        foreach (var each in new[] { StreamType.Control, StreamType.QpackEncoder, StreamType.QpackDecoder })
            streams.Claim(each);
        var error = Assert.Throws<Http3Exception>(() => streams.Claim(type));
        Assert.Equal((Http3ErrorCode.StreamCreationError, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    // RFC 9114 §6.2.1; robustness F2: an empty QPACK stream with FIN is an error, not a loop.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AQpackStreamThatEndsIsAnError(bool isEncoder)
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();
        var error = await Assert.ThrowsAsync<Http3Exception>(
            () => isEncoder ? QpackStreams.RunEncoderAsync(pipe.Reader) : QpackStreams.RunDecoderAsync(pipe.Reader));
        Assert.Equal((Http3ErrorCode.ClosedCriticalStream, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    [Theory]
    [InlineData(true, "21", Http3ErrorCode.QpackEncoderStreamError)]
    [InlineData(false, "80", Http3ErrorCode.QpackDecoderStreamError)]
    public async Task AWrongInstructionHasTheCodeOfItsStream(bool isEncoder, string hex, Http3ErrorCode code)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Bytes.Hex(hex));
        var error = await Assert.ThrowsAsync<Http3Exception>(
            () => isEncoder ? QpackStreams.RunEncoderAsync(pipe.Reader) : QpackStreams.RunDecoderAsync(pipe.Reader));
        Assert.Equal((code, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    [Theory]
    [InlineData("00", 0)]
    [InlineData("4054", 0x54)]
    [InlineData("c0000000c671706a", 0xc671706a)]
    public async Task AStreamTypeMayComeByteByByte(string hex, ulong expected)
    {
        var pipe = new Pipe();
        var reading = StreamPrefix.ReadAsync(pipe.Reader, _ => true, default).AsTask();
        foreach (var octet in Bytes.Hex(hex))
            await pipe.Writer.WriteAsync(new[] { octet });
        await pipe.Writer.WriteAsync("rest"u8.ToArray());
        Assert.Equal(expected, await reading);
        var rest = await pipe.Reader.ReadAtLeastAsync(4);
        Assert.Equal("rest"u8.ToArray(), System.Buffers.BuffersExtensions.ToArray(rest.Buffer));
    }

    [Fact]
    public async Task WhatIsNoSignalStaysOnTheStream()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Bytes.Hex("0100"));
        Assert.Equal(1UL, await StreamPrefix.ReadAsync(pipe.Reader, value => value == 0x41, default));
        Assert.True(pipe.Reader.TryRead(out var all));
        Assert.Equal(2, all.Buffer.Length);
    }

    // RFC 9114 §6.2: a stream may end before it says what it is.
    [Theory]
    [InlineData("")]
    [InlineData("40")]
    [InlineData("c0000000c67170")]
    public async Task AStreamThatEndsBeforeItsTypeIsNoError(string hex)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Bytes.Hex(hex));
        await pipe.Writer.CompleteAsync();
        Assert.Null(await StreamPrefix.ReadAsync(pipe.Reader, _ => true, default));
    }

    // RFC 9297 §2.1; robustness W11.
    [Theory]
    [InlineData("00", 0, "")]
    [InlineData("01aabb", 4, "aabb")]
    [InlineData("cfffffffffffffff", 0x3ffffffffffffffcL, "")]
    public void ADatagramNamesItsStream(string hex, long streamId, string payload)
    {
        Assert.True(HttpDatagram.TryRead(Bytes.Hex(hex), out var id, out var rest));
        Assert.Equal((streamId, payload), (id, Convert.ToHexStringLower(rest)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("40")]
    [InlineData("cfffffffffffff")]
    [InlineData("d000000000000000")]
    [InlineData("ffffffffffffffff")]
    public void ADatagramWithoutAStreamIsAnError(string hex)
    {
        Assert.False(HttpDatagram.TryRead(Bytes.Hex(hex), out _, out _));
    }
}
