using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>What the frames of one authenticated packet amounted to.</summary>
internal readonly record struct FrameOutcome(QuicFault? Fault, bool IsAckEliciting);

/// <summary>
/// Reads the frames of one authenticated packet and hands each to the component that owns its chapter. It owns no state. Each frame is read
/// whole, judged by <see cref="FrameRules"/>, then acted on; the first fault ends the packet and the connection.
/// </summary>
internal sealed class FrameProcessor(ConnectionEngine connection)
{
    public FrameOutcome Process(ReadOnlySpan<byte> payload, in ReceivedPacket packet, Instant now)
    {
        var reader = new SpanReader(payload);
        var ackEliciting = false;

        // RFC 9000 §12.4: a packet without frames is a violation.
        if (reader.IsAtEnd)
            return new FrameOutcome(QuicFault.ProtocolViolation("A packet holds no frames."), false);

        while (!reader.IsAtEnd)
        {
            if (!FrameHeader.TryRead(ref reader, out var type, out var fault))
                return new FrameOutcome(fault, ackEliciting);
            if (FrameRules.Check(type, packet.Type, connection.IsServer) is { } misplaced)
                return new FrameOutcome(misplaced, ackEliciting);
            ackEliciting |= FrameRules.IsAckEliciting(type);
            fault = ProcessFrame(type, ref reader, packet, now);
            if (fault is not null)
                return new FrameOutcome(fault, ackEliciting);
            if (connection.IsClosed)
                break; // nothing after CONNECTION_CLOSE counts (robustness S8)
        }

        return new FrameOutcome(null, ackEliciting);
    }

    /// <summary>True when a CONNECTION_CLOSE stands among the frames; all that counts once we have closed ourselves.</summary>
    public static bool HoldsClose(ReadOnlySpan<byte> payload)
    {
        var reader = new SpanReader(payload);
        while (FrameHeader.TryRead(ref reader, out var type, out _))
        {
            if (type is FrameType.ConnectionCloseTransport or FrameType.ConnectionCloseApplication)
                return true;
            if (!FrameSkipper.TrySkip(ref reader, type))
                return false;
        }

        return false;
    }

    private QuicFault? ProcessFrame(ulong type, ref SpanReader reader, in ReceivedPacket packet, Instant now)
    {
        switch (type)
        {
            case FrameType.Padding:
                PaddingFrame.SkipRun(ref reader);
                return null;

            case FrameType.Ping:
                return null;

            case FrameType.Ack:
            case FrameType.AckEcn:
                return AckFrame.TryRead(ref reader, type, out var ack) ? OnAck(ack, packet, now) : FrameHeader.Malformed(type);

            case FrameType.Crypto:
                return CryptoFrame.TryRead(ref reader, out var crypto)
                    ? connection.Handshake.OnCrypto(packet.Space, crypto, now)
                    : FrameHeader.Malformed(type);

            case >= FrameType.Stream and <= FrameType.StreamLast:
                return StreamFrame.TryRead(ref reader, type, out var stream)
                    ? connection.Streams.OnStream(stream.StreamId, stream.Offset, stream.Data, stream.Fin, now)
                    : FrameHeader.Malformed(type);

            case FrameType.Datagram:
            case FrameType.DatagramWithLength:
                return DatagramFrame.TryRead(ref reader, type, out var datagram, out var frameLength)
                    ? connection.Datagrams.OnDatagram(datagram.Data, frameLength)
                    : FrameHeader.Malformed(type);

            case FrameType.MaxData:
                return MaxDataFrame.TryRead(ref reader, out var maxData)
                    ? connection.Streams.OnMaxData(maxData.MaximumData)
                    : FrameHeader.Malformed(type);

            case FrameType.MaxStreamData:
                return MaxStreamDataFrame.TryRead(ref reader, out var maxStreamData)
                    ? connection.Streams.OnMaxStreamData(maxStreamData.StreamId, maxStreamData.MaximumStreamData)
                    : FrameHeader.Malformed(type);

            case FrameType.MaxStreamsBidirectional:
            case FrameType.MaxStreamsUnidirectional:
                return MaxStreamsFrame.TryRead(ref reader, type, out var maxStreams)
                    ? connection.Streams.OnMaxStreams(DirectionOf(maxStreams.IsBidirectional), maxStreams.MaximumStreams)
                    : FrameHeader.Malformed(type);

            case FrameType.ResetStream:
                return ResetStreamFrame.TryRead(ref reader, out var reset)
                    ? connection.Streams.OnResetStream(reset.StreamId, reset.ErrorCode, reset.FinalSize)
                    : FrameHeader.Malformed(type);

            case FrameType.ResetStreamAt:
                if (!ResetStreamAtFrame.TryRead(ref reader, out var resetAt))
                    return FrameHeader.Malformed(type);
                return connection.Settings.Streams.AcceptResetStreamAt
                    ? connection.Streams.OnResetStreamAt(resetAt.StreamId, resetAt.ErrorCode, resetAt.FinalSize, resetAt.ReliableSize)
                    : QuicFault.ProtocolViolation("RESET_STREAM_AT came although reset_stream_at was not announced.", type);

            case FrameType.StopSending:
                return StopSendingFrame.TryRead(ref reader, out var stop)
                    ? connection.Streams.OnStopSending(stop.StreamId, stop.ErrorCode)
                    : FrameHeader.Malformed(type);

            case FrameType.DataBlocked:
                return DataBlockedFrame.TryRead(ref reader, out var dataBlocked)
                    ? connection.Streams.OnDataBlocked(dataBlocked.MaximumData)
                    : FrameHeader.Malformed(type);

            case FrameType.StreamDataBlocked:
                return StreamDataBlockedFrame.TryRead(ref reader, out var streamBlocked)
                    ? connection.Streams.OnStreamDataBlocked(streamBlocked.StreamId, streamBlocked.MaximumStreamData)
                    : FrameHeader.Malformed(type);

            case FrameType.StreamsBlockedBidirectional:
            case FrameType.StreamsBlockedUnidirectional:
                return StreamsBlockedFrame.TryRead(ref reader, type, out var streamsBlocked)
                    ? connection.Streams.OnStreamsBlocked(DirectionOf(streamsBlocked.IsBidirectional), streamsBlocked.MaximumStreams)
                    : FrameHeader.Malformed(type);

            case FrameType.NewConnectionId:
                return NewConnectionIdFrame.TryRead(ref reader, out var newId)
                    ? connection.RemoteIds.OnNewConnectionId(newId)
                    : FrameHeader.Malformed(type);

            case FrameType.RetireConnectionId:
                return RetireConnectionIdFrame.TryRead(ref reader, out var retire)
                    ? connection.LocalIds.OnRetire(retire, packet.Destination)
                    : FrameHeader.Malformed(type);

            case FrameType.PathChallenge:
                if (!PathChallengeFrame.TryRead(ref reader, out var challenge))
                    return FrameHeader.Malformed(type);
                connection.PathResponses.OnPathChallenge(challenge, packet.Path, packet.DatagramLength);
                return null;

            case FrameType.PathResponse:
                // We have sent no challenge; ignoring is allowed (robustness P4). Migration will ask here.
                return PathResponseFrame.TryRead(ref reader, out _) ? null : FrameHeader.Malformed(type);

            case FrameType.NewToken:
                // Tokens are kept once address validation by token exists; until then receiving one changes nothing.
                return NewTokenFrame.TryRead(ref reader, out _) ? null : FrameHeader.Malformed(type);

            case FrameType.HandshakeDone:
                connection.Handshake.OnHandshakeDone(now);
                return null;

            case FrameType.ConnectionCloseTransport:
            case FrameType.ConnectionCloseApplication:
                if (!ConnectionCloseFrame.TryRead(ref reader, type, out var close))
                    return FrameHeader.Malformed(type);
                connection.OnPeerClose(close, now);
                return null;

            default:
                return QuicFault.FrameEncoding(type, $"Frame type 0x{type:x} is unknown.");
        }
    }

    private QuicFault? OnAck(in AckFrame ack, in ReceivedPacket packet, Instant now)
    {
        // RFC 9000 §18.2: the exponent applies to 1-RTT only; Initial and Handshake acknowledgements are not delayed.
        var delay = packet.Space == PacketNumberSpace.Application
            ? Duration.FromMicroseconds(ScaleDelay(ack.Delay, connection.Handshake.PeerAckDelayExponent))
            : Duration.Zero;
        var fault = connection.Recovery.OnAckReceived(packet.Space, ack, delay, now);
        if (fault is null && packet.Space == PacketNumberSpace.Application)
        {
            connection.OneRtt!.OnAcknowledged(ack.LargestAcknowledged);
            connection.Streams.SmoothedRtt = connection.Recovery.SmoothedRtt;
        }

        return fault;
    }

    private static ulong ScaleDelay(ulong delay, int exponent) => delay > VarInt.MaxValue >> exponent ? VarInt.MaxValue : delay << exponent;

    private static StreamDirection DirectionOf(bool isBidirectional) =>
        isBidirectional ? StreamDirection.Bidirectional : StreamDirection.Unidirectional;
}
