using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class FrameTableTests
{
    [Theory]
    [MemberData(nameof(FrameCase.Names), MemberType = typeof(FrameCase))]
    public void A_frame_of_the_independent_encoder_is_read_and_written_back(string name) => AssertRoundTrip(FrameCase.Named(name));

    // Robustness V3
    [Theory]
    [MemberData(nameof(FrameCase.Names), MemberType = typeof(FrameCase))]
    public void Every_integer_at_its_boundaries_is_taken_or_refused_as_the_RFC_says(string name)
    {
        var original = FrameCase.Named(name);
        for (var field = 0; field < original.FieldCount; field++)
        {
            foreach (var value in FrameCase.Boundaries)
            {
                var changed = original.With(field, value);
                if (changed.IsValid(changed.Fields))
                    AssertRoundTrip(changed);
                else
                    AssertRefused(changed);
            }
        }
    }

    // Robustness V1: wherever a frame is cut, it is FRAME_ENCODING_ERROR, and never another frame.
    [Theory]
    [MemberData(nameof(FrameCase.Names), MemberType = typeof(FrameCase))]
    public void A_frame_cut_anywhere_is_a_frame_encoding_error(string name)
    {
        var original = FrameCase.Named(name);
        var cases = original.FieldCount == 0
            ? [original]
            : Enumerable.Range(0, original.FieldCount).Select(f => original.With(f, FrameCase.Max)).Prepend(original);
        foreach (var frame in cases)
        {
            var bytes = frame.Bytes;
            var rawTail = frame.TakesTheRest ? ((byte[])frame.Parts[^1]).Length : 0;
            for (var length = 1; length < bytes.Length - rawTail; length++)
            {
                var reader = new SpanReader(bytes.AsSpan(0, length));
                Assert.False(AnyFrame.TryRead(ref reader, new byte[256], out _, out var fault));
                Assert.Equal((ulong)TransportErrorCode.FrameEncodingError, fault!.Code);
                Assert.Equal(ErrorBlame.PeerTransport, fault.Blame);
            }
        }
    }

    // RFC 9000 §12.4
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_frame_type_in_more_bytes_than_it_needs_is_a_protocol_violation(int length)
    {
        foreach (var frame in FrameCase.All)
        {
            byte[] bytes = [.. FrameBytes.VarInt(frame.Type, length), .. FrameBytes.Of(frame.Parts[1..])];
            var reader = new SpanReader(bytes);
            Assert.False(FrameHeader.TryRead(ref reader, out _, out var fault));
            Assert.Equal((ulong)TransportErrorCode.ProtocolViolation, fault.Code);
        }
    }

    // Robustness V1
    [Theory]
    [InlineData(0x1fUL)]
    [InlineData(0x20UL)]
    [InlineData(0x23UL)]
    [InlineData(0x25UL)]
    [InlineData(0x2fUL)]
    [InlineData(0x32UL)]
    [InlineData(0x3fUL)]
    [InlineData(0x40UL)]
    [InlineData(0xafUL)]
    [InlineData(1UL << 32)]
    [InlineData(FrameCase.Max)]
    public void An_unknown_frame_type_is_a_frame_encoding_error(ulong type)
    {
        var reader = new SpanReader(FrameBytes.VarInt(type));
        Assert.False(FrameHeader.TryRead(ref reader, out _, out var fault));
        Assert.Equal((ulong)TransportErrorCode.FrameEncodingError, fault.Code);
        Assert.Equal(type, fault.FrameType);
    }

    [Theory]
    [InlineData("40")]
    [InlineData("80 00 00")]
    [InlineData("c0 00 00 00 00 00 00")]
    public void A_truncated_frame_type_is_a_frame_encoding_error_and_not_padding(string bytes)
    {
        var reader = new SpanReader(Hex.Bytes(bytes));
        Assert.False(FrameHeader.TryRead(ref reader, out _, out var fault));
        Assert.Equal((ulong)TransportErrorCode.FrameEncodingError, fault.Code);
    }

    // RFC 9000 §19.15
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(20, true)]
    [InlineData(21, false)]
    [InlineData(255, false)]
    public void A_new_connection_id_has_1_to_20_bytes(int length, bool valid)
    {
        var bytes = FrameBytes.Of(1UL, 0UL, new[] { (byte)length }, new byte[length], new byte[16]);
        var reader = new SpanReader(bytes);
        Assert.Equal(valid, NewConnectionIdFrame.TryRead(ref reader, out var frame));
        Assert.Equal(valid ? length : 0, frame.ConnectionId.Length);
    }

    // RFC 9000 §19.7
    [Fact]
    public void An_empty_NEW_TOKEN_is_refused()
    {
        var reader = new SpanReader(FrameBytes.Of(0UL));
        Assert.False(NewTokenFrame.TryRead(ref reader, out _));
    }

    // Robustness V7
    [Fact]
    public void A_datagram_of_nothing_but_padding_is_passed_over_in_one_step()
    {
        var reader = new SpanReader(new byte[65527]);
        Assert.Equal(65527, PaddingFrame.SkipRun(ref reader));
        Assert.True(reader.IsAtEnd);

        reader = new SpanReader([0, 0, 1, 0]);
        Assert.Equal(2, PaddingFrame.SkipRun(ref reader));
        Assert.Equal(2, reader.Position);
        Assert.Equal(0, PaddingFrame.SkipRun(ref reader));
    }

    private static void AssertRoundTrip(FrameCase frame)
    {
        var rewritten = new byte[256];
        var reader = new SpanReader(frame.Bytes);
        Assert.True(AnyFrame.TryRead(ref reader, rewritten, out var length, out _), frame.ToString());
        Assert.True(reader.IsAtEnd);

        // An offset of 0 is written without the OFF bit; it may be read with it.
        var expected = FrameType.IsStream(frame.Type) && (frame.Type & FrameType.StreamOffBit) != 0 && frame.Fields[1] == 0
            ? FrameBytes.Of([frame.Type & ~FrameType.StreamOffBit, frame.Parts[1], .. frame.Parts[3..]])
            : frame.Bytes;
        Assert.Equal(Hex.Text(expected), Hex.Text(rewritten.AsSpan(0, length)));
    }

    private static void AssertRefused(FrameCase frame)
    {
        var reader = new SpanReader(frame.Bytes);
        var read = AnyFrame.TryRead(ref reader, new byte[256], out _, out var fault);
        Assert.False(read && reader.IsAtEnd, $"{frame.Name} {string.Join(',', frame.Fields)}");
        if (!read)
            Assert.Equal((ulong)TransportErrorCode.FrameEncodingError, fault!.Code);
    }
}
