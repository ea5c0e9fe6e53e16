using System.Diagnostics.CodeAnalysis;
using Peregrine.Wire;
namespace Peregrine.Quic.Core;

internal sealed class StreamSet(bool isServer, StreamSettings settings, BlockPool pool, ConnectionEvents events)
{
    public Duration SmoothedRtt { get; set; }
    public ulong InitialMaxData => settings.InitialConnectionWindow;
    public ulong InitialMaxStreamDataBidiLocal => settings.InitialStreamWindow;
    public ulong InitialMaxStreamDataBidiRemote => settings.InitialStreamWindow;
    public ulong InitialMaxStreamDataUni => settings.InitialStreamWindow;
    public ulong InitialMaxStreamsBidi => settings.MaxInboundBidirectionalStreams;
    public ulong InitialMaxStreamsUni => settings.MaxInboundUnidirectionalStreams;
    public int OpenCount => throw null!;
    public bool HasPending => throw null!;
    public void ApplyPeerParameters(ulong maxData, ulong maxStreamDataBidiLocal, ulong maxStreamDataBidiRemote, ulong maxStreamDataUni, ulong maxStreamsBidi, ulong maxStreamsUni, bool resetStreamAt) => throw null!;
    public CoreStream? TryOpen(StreamDirection direction) => throw null!;
    public CoreStream? TryAccept() => throw null!;
    public CoreStream? TryAccept(StreamDirection direction) => throw null!;
    public bool TryGet(ulong id, [MaybeNullWhen(false)] out CoreStream stream) => throw null!;
    public void Release(CoreStream stream) => throw null!;
    public void CloseAll() => throw null!;
    public QuicFault? OnStream(ulong id, ulong offset, ReadOnlySpan<byte> data, bool fin, Instant now) => throw null!;
    public QuicFault? OnResetStream(ulong id, ulong errorCode, ulong finalSize) => throw null!;
    public QuicFault? OnResetStreamAt(ulong id, ulong errorCode, ulong finalSize, ulong reliableSize) => throw null!;
    public QuicFault? OnStopSending(ulong id, ulong errorCode) => throw null!;
    public QuicFault? OnMaxData(ulong limit) => throw null!;
    public QuicFault? OnMaxStreamData(ulong id, ulong limit) => throw null!;
    public QuicFault? OnMaxStreams(StreamDirection direction, ulong limit) => throw null!;
    public QuicFault? OnDataBlocked(ulong limit) => throw null!;
    public QuicFault? OnStreamDataBlocked(ulong id, ulong limit) => throw null!;
    public QuicFault? OnStreamsBlocked(StreamDirection direction, ulong limit) => throw null!;
    public void OnFrameAcked(in SentFrame frame) => throw null!;
    public void OnFrameLost(in SentFrame frame) => throw null!;
    public void WriteControlFrames(ref PacketBuilder builder) => throw null!;
    public void WriteStreamFrames(ref PacketBuilder builder) => throw null!;
    private readonly object[] _unused = [isServer, pool, events];
}
