using Peregrine.Wire;

namespace Peregrine.Quic.Core;

internal enum SentPacketState : byte
{
    /// <summary>Never sent (a skipped number), or no longer of interest.</summary>
    None,

    /// <summary>Neither acknowledged nor lost.</summary>
    Outstanding,

    Acked,

    /// <summary>Declared lost; kept for a while so that a late acknowledgement is known for what it is.</summary>
    Lost,
}

/// <summary>What is remembered of one sent packet. Its frames lie in the ring of its <see cref="SentPacketSpace"/>.</summary>
internal struct SentPacket
{
    public Instant TimeSent;

    /// <summary>The position of the first frame, counted since the space began.</summary>
    public ulong FirstFrame;
    public ushort Bytes;
    public ushort FrameCount;
    public SentPacketState State;
    public bool AckEliciting;
    public bool InFlight;

    /// <summary>
    /// Its information was reported lost for the sake of a probe; only frames that are never resent still wait for their fate.
    /// </summary>
    public bool Resent;
}
