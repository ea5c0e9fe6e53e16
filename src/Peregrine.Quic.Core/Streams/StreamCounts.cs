using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// How many streams of one direction may be opened, by us and by the peer (RFC 9000 §4.6). It owns both limits and writes MAX_STREAMS and
/// STREAMS_BLOCKED.
/// </summary>
internal sealed class StreamCounts(StreamDirection direction, ulong maxInbound)
{
    private readonly bool _isBidirectional = direction == StreamDirection.Bidirectional;

    public SendCredit Outbound { get; } = new();

    public InboundStreamLimit Inbound { get; } = new(maxInbound);

    public bool HasPending(Instant now) => Inbound.IsUpdateDue(now) || Outbound.IsBlockedFrameDue;

    public void WriteFrames(ref PacketBuilder builder, Instant now, Duration roundTrip)
    {
        if (Inbound.IsUpdateDue(now) && builder.HasRoomForLimit)
        {
            var limit = Inbound.Announce(now, roundTrip);
            new MaxStreamsFrame(_isBidirectional, limit).Write(ref builder.Writer);
            builder.Remember(new SentFrame(
                _isBidirectional ? SentFrameKind.MaxStreamsBidirectional : SentFrameKind.MaxStreamsUnidirectional,
                Offset: limit));
        }

        if (Outbound.IsBlockedFrameDue && builder.HasRoomForLimit)
        {
            new StreamsBlockedFrame(_isBidirectional, Outbound.Limit).Write(ref builder.Writer);
            builder.Remember(new SentFrame(
                _isBidirectional ? SentFrameKind.StreamsBlockedBidirectional : SentFrameKind.StreamsBlockedUnidirectional,
                Offset: Outbound.Limit));
            Outbound.OnBlockedFrameWritten();
        }
    }
}
