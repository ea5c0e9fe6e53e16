using System.Text;
using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class DataFrameTests
{
    public static TheoryData<ulong, ulong> Places => new()
    {
        { 0, 0 }, { 4, 63 }, { 64, 64 }, { 20000, 1UL << 30 }, { FrameCase.Max, 1UL << 61 },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void The_room_for_stream_data_is_exact(ulong streamId, ulong offset)
    {
        for (var space = 0; space < 400; space++)
        {
            foreach (var withLength in (bool[])[true, false])
            {
                var room = StreamFrame.DataRoom(space, streamId, offset, withLength);
                AssertExact(space, room, n => StreamFrame.HeaderLength(streamId, offset, n, withLength));
            }

            AssertExact(space, CryptoFrame.DataRoom(space, offset), n => CryptoFrame.HeaderLength(offset, n));
            AssertExact(space, DatagramFrame.DataRoom(space, withLength: true), n => DatagramFrame.HeaderLength(n, withLength: true));
            AssertExact(space, DatagramFrame.DataRoom(space, withLength: false), n => DatagramFrame.HeaderLength(n, withLength: false));
        }

        foreach (var space in (int[])[16383, 16384, 16390, 16400, 65527])
            AssertExact(space, CryptoFrame.DataRoom(space, offset), n => CryptoFrame.HeaderLength(offset, n));
    }

    // RFC 9221 §3: max_datagram_frame_size counts the type and the length.
    [Fact]
    public void A_DATAGRAM_knows_how_long_the_whole_frame_was()
    {
        var reader = new SpanReader(FrameBytes.Of(100UL, new byte[100], 1UL));
        Assert.True(DatagramFrame.TryRead(ref reader, FrameType.DatagramWithLength, out var frame, out var length));
        Assert.Equal(100, frame.Data.Length);
        Assert.Equal(103, length);

        reader = new SpanReader(new byte[100]);
        Assert.True(DatagramFrame.TryRead(ref reader, FrameType.Datagram, out frame, out length));
        Assert.Equal(101, length);
        Assert.True(reader.IsAtEnd);
    }

    [Fact]
    public void A_close_reason_is_cut_between_characters_to_fit()
    {
        var reason = Encoding.UTF8.GetBytes("añ語𝄞");
        for (var room = 0; room < 20; room++)
        {
            var buffer = new byte[room];
            var writer = new SpanWriter(buffer);
            var written = ConnectionCloseFrame.TryWrite(ref writer, isApplication: false, 10, 6, reason);
            Assert.Equal(room >= 4, written);
            if (!written)
                continue;

            var reader = new SpanReader(writer.Written[1..]);
            Assert.True(ConnectionCloseFrame.TryRead(ref reader, FrameType.ConnectionCloseTransport, out var frame));
            Assert.DoesNotContain('\uFFFD', frame.ReasonText());
            Assert.StartsWith(frame.ReasonText(), "añ語𝄞", StringComparison.Ordinal);
            Assert.Equal(room >= 14, frame.Reason.Length == reason.Length);
        }
    }

    // Robustness V9
    [Fact]
    public void A_peers_reason_is_bounded_and_never_throws()
    {
        var reason = new byte[5000];
        reason.AsSpan().Fill(0x80);
        Assert.Equal("", new ConnectionCloseFrame(true, 0, 0, reason).ReasonText());
        reason.AsSpan().Fill(0xff);
        Assert.True(new ConnectionCloseFrame(true, 0, 0, reason).ReasonText().Length <= ConnectionCloseFrame.MaxReasonKept);
    }

    private static void AssertExact(int space, int room, Func<int, int> headerLength)
    {
        if (room < 0)
        {
            Assert.True(headerLength(0) > space);
            return;
        }

        Assert.True(headerLength(room) + room <= space);
        Assert.True(headerLength(room + 1) + room + 1 > space);
    }
}
