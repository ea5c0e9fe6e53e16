using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>One endpoint's streams, with packets in place of a connection.</summary>
internal sealed class StreamEnd
{
    private readonly byte[] _payload = new byte[64 * 1024];
    private readonly SentFrame[] _frames = new SentFrame[PacketBuilder.MaxFrames];

    public StreamEnd(bool isServer, StreamSettings? settings = null)
    {
        Settings = settings ?? StreamSettings.Default;
        Settings.Validate();
        Streams = new StreamSet(isServer, Settings, Pool, Events) { SmoothedRtt = Duration.FromMilliseconds(50) };
    }

    public StreamSettings Settings { get; }

    public BlockPool Pool { get; } = new();

    public ConnectionEvents Events { get; } = new();

    public StreamSet Streams { get; }

    public void Trust(StreamEnd peer, bool resetStreamAt = true) => Streams.ApplyPeerParameters(
        peer.Streams.InitialMaxData,
        peer.Streams.InitialMaxStreamDataBidiLocal,
        peer.Streams.InitialMaxStreamDataBidiRemote,
        peer.Streams.InitialMaxStreamDataUni,
        peer.Streams.InitialMaxStreamsBidi,
        peer.Streams.InitialMaxStreamsUni,
        resetStreamAt);

    /// <summary>Writes one packet; null when there is nothing to say.</summary>
    public SentPacket? Send(int room = 1200)
    {
        var builder = new PacketBuilder(_payload.AsSpan(0, room), _frames);
        Streams.WriteControlFrames(ref builder);
        Streams.WriteStreamFrames(ref builder);
        return builder.IsEmpty ? null : new SentPacket(builder.Writer.Written.ToArray(), builder.Frames.ToArray());
    }

    public QuicFault? Receive(SentPacket packet, Instant now = default) => Receive(packet.Payload, now);

    public QuicFault? Receive(ReadOnlySpan<byte> payload, Instant now = default)
    {
        var reader = new SpanReader(payload);
        while (reader.Remaining > 0)
        {
            if (ReceiveFrame(ref reader, now) is { } fault)
                return fault;
        }

        return null;
    }

    public void Ack(SentPacket packet)
    {
        foreach (var frame in packet.Frames)
            Streams.OnFrameAcked(frame);
    }

    public void Lose(SentPacket packet)
    {
        foreach (var frame in packet.Frames)
            Streams.OnFrameLost(frame);
    }

    public List<ConnectionEventKind> TakeEvents(CoreStream? stream = null)
    {
        var kinds = new List<ConnectionEventKind>();
        while (Events.TryTake(out var taken))
        {
            if (stream is null || taken.Stream == stream)
                kinds.Add(taken.Kind);
        }

        return kinds;
    }

    private QuicFault? ReceiveFrame(ref SpanReader reader, Instant now)
    {
        Assert.True(reader.TryReadVarInt(out var type));
        switch (type)
        {
            case >= FrameType.Stream and <= FrameType.StreamLast:
                Assert.True(StreamFrame.TryRead(ref reader, type, out var stream));
                return Streams.OnStream(stream.StreamId, stream.Offset, stream.Data, stream.Fin, now);
            case FrameType.ResetStream:
                Assert.True(ResetStreamFrame.TryRead(ref reader, out var reset));
                return Streams.OnResetStream(reset.StreamId, reset.ErrorCode, reset.FinalSize);
            case FrameType.ResetStreamAt:
                Assert.True(ResetStreamAtFrame.TryRead(ref reader, out var resetAt));
                return Streams.OnResetStreamAt(resetAt.StreamId, resetAt.ErrorCode, resetAt.FinalSize, resetAt.ReliableSize);
            case FrameType.StopSending:
                Assert.True(StopSendingFrame.TryRead(ref reader, out var stop));
                return Streams.OnStopSending(stop.StreamId, stop.ErrorCode);
            case FrameType.MaxData:
                Assert.True(MaxDataFrame.TryRead(ref reader, out var maxData));
                return Streams.OnMaxData(maxData.MaximumData);
            case FrameType.MaxStreamData:
                Assert.True(MaxStreamDataFrame.TryRead(ref reader, out var maxStreamData));
                return Streams.OnMaxStreamData(maxStreamData.StreamId, maxStreamData.MaximumStreamData);
            case FrameType.MaxStreamsBidirectional or FrameType.MaxStreamsUnidirectional:
                Assert.True(MaxStreamsFrame.TryRead(ref reader, type, out var maxStreams));
                return Streams.OnMaxStreams(DirectionOf(maxStreams.IsBidirectional), maxStreams.MaximumStreams);
            case FrameType.DataBlocked:
                Assert.True(DataBlockedFrame.TryRead(ref reader, out var dataBlocked));
                return Streams.OnDataBlocked(dataBlocked.MaximumData);
            case FrameType.StreamDataBlocked:
                Assert.True(StreamDataBlockedFrame.TryRead(ref reader, out var streamBlocked));
                return Streams.OnStreamDataBlocked(streamBlocked.StreamId, streamBlocked.MaximumStreamData);
            case FrameType.StreamsBlockedBidirectional or FrameType.StreamsBlockedUnidirectional:
                Assert.True(StreamsBlockedFrame.TryRead(ref reader, type, out var streamsBlocked));
                return Streams.OnStreamsBlocked(DirectionOf(streamsBlocked.IsBidirectional), streamsBlocked.MaximumStreams);
            default:
                throw new InvalidOperationException($"A frame of type 0x{type:x} came out of the streams.");
        }
    }

    private static StreamDirection DirectionOf(bool isBidirectional) =>
        isBidirectional ? StreamDirection.Bidirectional : StreamDirection.Unidirectional;
}

internal sealed record SentPacket(byte[] Payload, SentFrame[] Frames);
