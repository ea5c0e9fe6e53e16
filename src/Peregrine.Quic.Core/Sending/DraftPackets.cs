using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Peregrine.Quic.Core;

/// <summary>
/// A packet whose frames are written but which is not sealed yet, because padding may still be added: offsets count from
/// <paramref name="Start"/>, its place in the datagram; <paramref name="End"/> is where its plaintext ends.
/// </summary>
internal readonly record struct DraftPacket(
    PacketNumberSpace Space, int Start, int NumberOffset, int NumberLength, ulong PacketNumber, int End, int FrameCount, bool IsAckEliciting, bool IsProbe)
{
    public bool IsPadded { get; init; }
}

/// <summary>The packets of one datagram in the making: one for each packet number space at most.</summary>
internal struct DraftPackets
{
    private Three _packets;

    public int Count { get; private set; }

    [UnscopedRef]
    public Span<DraftPacket> Span => ((Span<DraftPacket>)_packets)[..Count];

    public void Add(in DraftPacket packet) => _packets[Count++] = packet;

    public void Clear() => Count = 0;

    [InlineArray(3)]
    private struct Three
    {
        private DraftPacket _first;
    }
}
