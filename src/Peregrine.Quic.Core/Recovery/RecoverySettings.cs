using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The tunables of loss recovery, with the values RFC 9002 recommends.</summary>
internal sealed record RecoverySettings
{
    public CongestionSettings Congestion { get; init; } = new();

    /// <summary>RFC 9002 §6.2.2.</summary>
    public Duration InitialRtt { get; init; } = Duration.FromMilliseconds(333);

    /// <summary>RFC 9002 §6.1.1: kPacketThreshold.</summary>
    public uint PacketThreshold { get; init; } = 3;

    /// <summary>In-flight packets remembered at most; beyond it <see cref="LossRecovery.CanSend"/> says no (robustness A5).</summary>
    public int MaxTrackedPackets { get; init; } = 25_000;

    public bool Pacing { get; init; } = true;
}
