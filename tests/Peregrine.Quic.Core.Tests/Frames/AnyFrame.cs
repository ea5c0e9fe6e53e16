using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>Reads whatever frame comes next, as the engine does, and writes it again with the frame's own writer.</summary>
internal static class AnyFrame
{
    /// <summary>False when the type or the frame is bad; then the fault says why.</summary>
    public static bool TryRead(ref SpanReader reader, Span<byte> rewritten, out int length, out QuicFault? fault)
    {
        length = 0;
        if (!FrameHeader.TryRead(ref reader, out var type, out fault))
            return false;

        var writer = new SpanWriter(rewritten);
        if (!TryReadBody(ref reader, type, ref writer, out var said))
        {
            fault = FrameHeader.Malformed(type);
            return false;
        }

        length = writer.Position;
        Assert.True(said < 0 || said == length, $"Length of frame 0x{type:x} said {said}, but {length} bytes were written.");
        return true;
    }

    private static bool TryReadBody(ref SpanReader reader, ulong type, ref SpanWriter writer, out int said)
    {
        said = -1;
        switch (type)
        {
            case FrameType.Padding:
                PaddingFrame.Write(ref writer, 1);
                return true;
            case FrameType.Ping:
                PingFrame.Write(ref writer);
                said = PingFrame.Length;
                return true;
            case FrameType.Ack or FrameType.AckEcn:
                if (!AckFrame.TryRead(ref reader, type, out var ack))
                    return false;
                Assert.True(AckFrame.TryWrite(ref writer, Ascending(ack.Ranges), ack.Delay, ack.Ecn));
                return true;
            case FrameType.ResetStream:
                if (!ResetStreamFrame.TryRead(ref reader, out var reset))
                    return false;
                reset.Write(ref writer);
                said = reset.Length;
                return true;
            case FrameType.StopSending:
                if (!StopSendingFrame.TryRead(ref reader, out var stop))
                    return false;
                stop.Write(ref writer);
                said = stop.Length;
                return true;
            case FrameType.Crypto:
                if (!CryptoFrame.TryRead(ref reader, out var crypto))
                    return false;
                CryptoFrame.Write(ref writer, crypto.Offset, crypto.Data);
                said = crypto.Length;
                return true;
            case FrameType.NewToken:
                if (!NewTokenFrame.TryRead(ref reader, out var token))
                    return false;
                NewTokenFrame.Write(ref writer, token.Token);
                said = token.Length;
                return true;
            case >= FrameType.Stream and <= FrameType.StreamLast:
                if (!StreamFrame.TryRead(ref reader, type, out var stream))
                    return false;
                var withLength = (type & FrameType.StreamLenBit) != 0;
                StreamFrame.WriteHeader(ref writer, stream.StreamId, stream.Offset, stream.Data.Length, stream.Fin, withLength);
                writer.WriteBytes(stream.Data);
                said = StreamFrame.HeaderLength(stream.StreamId, stream.Offset, stream.Data.Length, withLength) + stream.Data.Length;
                return true;
            case FrameType.MaxData:
                if (!MaxDataFrame.TryRead(ref reader, out var maxData))
                    return false;
                maxData.Write(ref writer);
                said = maxData.Length;
                return true;
            case FrameType.MaxStreamData:
                if (!MaxStreamDataFrame.TryRead(ref reader, out var maxStreamData))
                    return false;
                maxStreamData.Write(ref writer);
                said = maxStreamData.Length;
                return true;
            case FrameType.MaxStreamsBidirectional or FrameType.MaxStreamsUnidirectional:
                if (!MaxStreamsFrame.TryRead(ref reader, type, out var maxStreams))
                    return false;
                maxStreams.Write(ref writer);
                said = maxStreams.Length;
                return true;
            case FrameType.DataBlocked:
                if (!DataBlockedFrame.TryRead(ref reader, out var dataBlocked))
                    return false;
                dataBlocked.Write(ref writer);
                said = dataBlocked.Length;
                return true;
            case FrameType.StreamDataBlocked:
                if (!StreamDataBlockedFrame.TryRead(ref reader, out var streamDataBlocked))
                    return false;
                streamDataBlocked.Write(ref writer);
                said = streamDataBlocked.Length;
                return true;
            case FrameType.StreamsBlockedBidirectional or FrameType.StreamsBlockedUnidirectional:
                if (!StreamsBlockedFrame.TryRead(ref reader, type, out var streamsBlocked))
                    return false;
                streamsBlocked.Write(ref writer);
                said = streamsBlocked.Length;
                return true;
            case FrameType.NewConnectionId:
                if (!NewConnectionIdFrame.TryRead(ref reader, out var newId))
                    return false;
                newId.Write(ref writer);
                said = newId.Length;
                return true;
            case FrameType.RetireConnectionId:
                if (!RetireConnectionIdFrame.TryRead(ref reader, out var retire))
                    return false;
                retire.Write(ref writer);
                said = retire.Length;
                return true;
            case FrameType.PathChallenge:
                if (!PathChallengeFrame.TryRead(ref reader, out var challenge))
                    return false;
                challenge.Write(ref writer);
                said = PathChallengeFrame.Length;
                return true;
            case FrameType.PathResponse:
                if (!PathResponseFrame.TryRead(ref reader, out var response))
                    return false;
                response.Write(ref writer);
                said = PathResponseFrame.Length;
                return true;
            case FrameType.ConnectionCloseTransport or FrameType.ConnectionCloseApplication:
                if (!ConnectionCloseFrame.TryRead(ref reader, type, out var close))
                    return false;
                Assert.True(
                    ConnectionCloseFrame.TryWrite(ref writer, close.IsApplication, close.ErrorCode, close.TriggeringFrameType, close.Reason));
                said = close.Length;
                _ = close.ReasonText();
                return true;
            case FrameType.HandshakeDone:
                HandshakeDoneFrame.Write(ref writer);
                said = HandshakeDoneFrame.Length;
                return true;
            case FrameType.ResetStreamAt:
                if (!ResetStreamAtFrame.TryRead(ref reader, out var resetAt))
                    return false;
                resetAt.Write(ref writer);
                said = resetAt.Length;
                return true;
            case FrameType.Datagram or FrameType.DatagramWithLength:
                if (!DatagramFrame.TryRead(ref reader, type, out var datagram, out _))
                    return false;
                DatagramFrame.WriteHeader(ref writer, datagram.Data.Length, type == FrameType.DatagramWithLength);
                writer.WriteBytes(datagram.Data);
                said = DatagramFrame.HeaderLength(datagram.Data.Length, type == FrameType.DatagramWithLength) + datagram.Data.Length;
                return true;
            default:
                throw new InvalidOperationException($"Frame type 0x{type:x} passed FrameHeader but has no reader here.");
        }
    }

    private static Range64[] Ascending(AckRanges ranges)
    {
        var list = new List<Range64>(ranges.Count);
        foreach (var range in ranges)
        {
            Assert.True(range.Smallest <= range.Largest);
            Assert.True(list.Count == 0 || range.Largest < list[^1].Start - 1);
            list.Add(new Range64(range.Smallest, range.Largest + 1));
        }

        Assert.Equal(ranges.Count, list.Count);
        list.Reverse();
        return [.. list];
    }
}
