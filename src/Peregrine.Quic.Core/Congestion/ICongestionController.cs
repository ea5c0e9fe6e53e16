using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Decides how many bytes may be in flight. It owns the congestion window; bytes in flight are counted by <see cref="LossRecovery"/>, which
/// calls in this order for one ACK: <see cref="OnCongestionEvent"/> or <see cref="OnPersistentCongestion"/> if packets were lost, then
/// <see cref="OnPacketsAcked"/>.
/// </summary>
internal interface ICongestionController
{
    ulong CongestionWindow { get; }

    bool InSlowStart { get; }

    /// <summary>Packets sent at or before this began no growth and start no new congestion event (RFC 9002 §7.3.2).</summary>
    Instant RecoveryStart { get; }

    /// <summary>Congestion events so far, persistent congestion included.</summary>
    ulong CongestionEvents { get; }

    void OnPacketSent(int bytes, ulong bytesInFlightBefore, Instant now);

    void OnPacketsAcked(in AckedPackets acked);

    /// <summary>Packets were lost, the newest of them sent at <paramref name="sentTime"/>.</summary>
    void OnCongestionEvent(Instant sentTime, Instant now);

    /// <summary>
    /// The peer reports more packets marked CE; the largest it acknowledged was sent at <paramref name="sentTime"/> (RFC 9002 §7.1).
    /// </summary>
    void OnEcnCongestion(Instant sentTime, Instant now);

    /// <summary>RFC 9002 §7.6.2.</summary>
    void OnPersistentCongestion();

    /// <summary>The path carries larger, or only smaller, datagrams.</summary>
    void OnMaxDatagramSizeChanged(int maxDatagramSize);

    /// <summary>Starts over on another path (RFC 9000 §9.4). Packets sent until now have no say in it.</summary>
    void Reset(Instant now);
}

/// <summary>What one ACK frame newly acknowledged, as far as congestion control asks.</summary>
/// <param name="Bytes">In-flight bytes of packets sent after <see cref="ICongestionController.RecoveryStart"/>.</param>
/// <param name="LargestSentTime">When the newest of the packets was sent.</param>
/// <param name="RttSample">The round-trip sample of this ACK; zero when it gave none.</param>
/// <param name="SmoothedRtt">The smoothed round-trip time, this ACK's sample included.</param>
/// <param name="WindowLimited">False when the window was not filled lately, so that it must not grow (RFC 9002 §7.8).</param>
/// <param name="Now">When the ACK arrived.</param>
internal readonly record struct AckedPackets(
    ulong Bytes, Instant LargestSentTime, Duration RttSample, Duration SmoothedRtt, bool WindowLimited, Instant Now);
