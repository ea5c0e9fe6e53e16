using System.IO.Pipelines;

namespace Peregrine.Http3.Tests;

public sealed class StreamRulesTests
{
    // RFC 9114 §6.2.1, RFC 9204 §4.2; robustness F3.
    [Theory]
    [InlineData(StreamType.Control)]
    [InlineData(StreamType.QpackEncoder)]
    [InlineData(StreamType.QpackDecoder)]
    public void A_second_critical_stream_is_an_error(ulong type)
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
    public async Task A_qpack_stream_that_ends_is_an_error(bool isEncoder)
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();
        var error = await Assert.ThrowsAsync<Http3Exception>(
            () => isEncoder
                ? QpackStreams.RunEncoderAsync(pipe.Reader)
                : QpackStreams.RunDecoderAsync(pipe.Reader));
        Assert.Equal((Http3ErrorCode.ClosedCriticalStream, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    [Theory]
    [InlineData(true, "21", Http3ErrorCode.QpackEncoderStreamError)]
    [InlineData(false, "80", Http3ErrorCode.QpackDecoderStreamError)]
    public async Task A_wrong_instruction_has_the_code_of_its_stream(bool isEncoder, string hex, Http3ErrorCode code)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Bytes.Hex(hex));
        var error = await Assert.ThrowsAsync<Http3Exception>(
            () => isEncoder
                ? QpackStreams.RunEncoderAsync(pipe.Reader)
                : QpackStreams.RunDecoderAsync(pipe.Reader));
        Assert.Equal((code, Http3ErrorScope.Connection), (error.ErrorCode, error.Scope));
    }

    [Theory]
    [InlineData("00", 0)]
    [InlineData("4054", 0x54)]
    [InlineData("c0000000c671706a", 0xc671706a)]
    public async Task A_stream_type_may_come_byte_by_byte(string hex, ulong expected)
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
    public async Task What_is_no_signal_stays_on_the_stream()
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
    public async Task A_stream_that_ends_before_its_type_is_no_error(string hex)
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
    public void A_datagram_names_its_stream(string hex, long streamId, string payload)
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
    public void A_datagram_without_a_stream_is_an_error(string hex)
    {
        Assert.False(HttpDatagram.TryRead(Bytes.Hex(hex), out _, out _));
    }
}
