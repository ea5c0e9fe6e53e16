namespace Peregrine.Quic.Core;

internal sealed class DatagramQueues(DatagramSettings settings, ConnectionEvents events)
{
    public ulong InitialMaxFrameSize => settings.MaxFrameSize;
    public int MaxDatagramSize => throw null!;
    public bool HasPending => throw null!;
    public ulong ReceivedCount => throw null!;
    public ulong DroppedCount => throw null!;
    public ulong SentCount => throw null!;
    public ulong LostCount => throw null!;
    public void SetLimits(ulong peerMaxFrameSize, int packetPayloadRoom) => throw null!;
    public CoreDatagramResult TrySend(ReadOnlySpan<byte> data) => throw null!;
    public CoreDatagramResult TrySend(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data) => throw null!;
    public void WriteFrames(ref PacketBuilder builder) => throw null!;
    public void OnFrameLost() => throw null!;
    public QuicFault? OnDatagram(ReadOnlySpan<byte> data, int frameLength) => throw null!;
    public bool TryReceive(Span<byte> destination, out int length) => throw null!;
    public bool TryPeekLength(out int length) => throw null!;
    public void Close() => throw null!;
    private readonly object _unused = events;
}
