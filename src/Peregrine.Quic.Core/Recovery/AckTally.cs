using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>What one ACK frame newly acknowledged, gathered over its ranges.</summary>
/// <param name="recoveryStart">Packets sent at or before this do not count into <see cref="GrowthBytes"/>.</param>
internal struct AckTally(Instant recoveryStart)
{
    public readonly Instant RecoveryStart = recoveryStart;

    /// <summary>Packets newly acknowledged.</summary>
    public int Packets;

    /// <summary>Bytes that leave the flight.</summary>
    public ulong Bytes;

    /// <summary>Those of them that may let the window grow.</summary>
    public ulong GrowthBytes;

    public bool AnyAckEliciting;
    public ulong LargestPacketNumber;
    public Instant LargestTimeSent;

    /// <summary>Packets that had been declared lost.</summary>
    public int Spurious;
}

/// <summary>What one look for losses found.</summary>
internal struct LossTally
{
    public int Packets;

    /// <summary>Bytes that leave the flight.</summary>
    public ulong Bytes;

    /// <summary>When the newest lost in-flight packet was sent.</summary>
    public Instant LargestTimeSent;

    /// <summary>The longest time between two lost ack-eliciting packets with nothing acknowledged between them (RFC 9002 §7.6.2).</summary>
    public Duration LongestOutage;
}
