using System.Diagnostics.CodeAnalysis;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The streams that exist, by ID, and the limits on opening more: the peer's on us and ours on the peer. It owns no stream's state; what is
/// forgotten leaves nothing behind but two counters. Those that a higher one of the peer opened exist from their first frame, or from
/// when the application accepts them, whichever comes first: a frame costs one stream, whatever number it names.
/// </summary>
internal sealed class StreamTable(bool isServer, StreamSet streams, StreamSettings settings)
{
    private readonly Dictionary<ulong, CoreStream> _streams = [];
    private readonly StreamCounts _bidirectional = new(StreamDirection.Bidirectional, settings.MaxInboundBidirectionalStreams);
    private readonly StreamCounts _unidirectional = new(StreamDirection.Unidirectional, settings.MaxInboundUnidirectionalStreams);

    public int Count => _streams.Count;

    public Dictionary<ulong, CoreStream>.ValueCollection All => _streams.Values;

    /// <summary>An open that was refused waits for the peer, who was told.</summary>
    public bool IsOpenBlocked => _bidirectional.Outbound.IsBlocked || _unidirectional.Outbound.IsBlocked;

    public bool HasPending(Instant now) => _bidirectional.HasPending(now) || _unidirectional.HasPending(now);

    public Instant NextTimeout(Instant now) =>
        Instant.Min(_bidirectional.Inbound.NextTimeout(now), _unidirectional.Inbound.NextTimeout(now));

    public SendCredit Outbound(StreamDirection direction) => CountsOf(direction).Outbound;

    public InboundStreamLimit Inbound(StreamDirection direction) => CountsOf(direction).Inbound;

    public bool IsOurs(ulong id) => StreamId.IsServerInitiated(id) == isServer;

    public bool TryGet(ulong id, [MaybeNullWhen(false)] out CoreStream stream) => _streams.TryGetValue(id, out stream);

    public CoreStream? TryOpen(StreamDirection direction)
    {
        var credit = Outbound(direction);
        if (credit.Available == 0)
        {
            credit.OnBlocked();
            return null;
        }

        var id = StreamId.FromIndex(credit.Used, isServer, direction);
        credit.Use(1);
        return Create(id, hasSend: true, hasReceive: direction == StreamDirection.Bidirectional);
    }

    public CoreStream? TryAccept(StreamDirection direction)
    {
        var limit = Inbound(direction);
        if (limit.NextToAccept == limit.Opened)
            return null;
        var id = StreamId.FromIndex(limit.NextToAccept, !isServer, direction);
        limit.OnAccepted();
        return _streams.TryGetValue(id, out var stream) ? stream : CreateTheirs(id);
    }

    /// <summary>
    /// Finds the stream a frame is about, opening it and all before it when the peer may (RFC 9000 §3.2). No fault and no stream means that
    /// it existed once and is gone.
    /// </summary>
    public QuicFault? Find(ulong id, ulong frameType, bool isForReceiver, out CoreStream? stream)
    {
        stream = null;
        var direction = StreamId.DirectionOf(id);
        var isOurs = IsOurs(id);
        if (direction == StreamDirection.Unidirectional && isOurs == isForReceiver)
        {
            return QuicFault.StreamState(
                frameType,
                $"{FrameType.NameOf(frameType)} for stream {id}, which carries data only the other way.");
        }

        var fault = isOurs ? CheckOurs(id, direction, frameType) : OpenTheirs(id, direction, frameType);
        if (fault is not null || _streams.TryGetValue(id, out stream))
            return fault;

        // Only what the application has accepted can be gone.
        if (!isOurs && StreamId.IndexOf(id) >= Inbound(direction).NextToAccept)
            stream = CreateTheirs(id);
        return null;
    }

    public void Forget(CoreStream stream)
    {
        _streams.Remove(stream.Id);
        if (!IsOurs(stream.Id))
            Inbound(StreamId.DirectionOf(stream.Id)).OnForgotten();
    }

    public void Clear() => _streams.Clear();

    public void RepeatBlocked()
    {
        _bidirectional.Outbound.RepeatBlocked();
        _unidirectional.Outbound.RepeatBlocked();
    }

    public void WriteFrames(ref PacketBuilder builder, Instant now, Duration roundTrip)
    {
        _bidirectional.WriteFrames(ref builder, now, roundTrip);
        _unidirectional.WriteFrames(ref builder, now, roundTrip);
    }

    private StreamCounts CountsOf(StreamDirection direction) => direction == StreamDirection.Bidirectional ? _bidirectional : _unidirectional;

    private QuicFault? CheckOurs(ulong id, StreamDirection direction, ulong frameType) =>
        StreamId.IndexOf(id) < Outbound(direction).Used
            ? null
            : QuicFault.StreamState(frameType, $"{FrameType.NameOf(frameType)} for stream {id}, which we have not opened.");

    private QuicFault? OpenTheirs(ulong id, StreamDirection direction, ulong frameType)
    {
        var limit = Inbound(direction);
        var index = StreamId.IndexOf(id);
        if (index < limit.Opened)
            return null;
        if (index >= limit.Limit)
            return QuicFault.StreamLimit(frameType, $"Stream {id} exceeds the limit of {limit.Limit} streams of its type.");
        limit.OnOpened(index);
        streams.RaiseOpened();
        return null;
    }

    private CoreStream CreateTheirs(ulong id) =>
        Create(id, hasSend: StreamId.DirectionOf(id) == StreamDirection.Bidirectional, hasReceive: true);

    private CoreStream Create(ulong id, bool hasSend, bool hasReceive)
    {
        var stream = new CoreStream(id, streams, hasSend, hasReceive);
        stream.Send?.OnMaxStreamData(streams.PeerLimits.ForStream(IsOurs(id), StreamId.DirectionOf(id)));
        _streams.Add(id, stream);
        return stream;
    }
}
