using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The round-trip time of a path (RFC 9002 §5). It owns the four estimates; samples come from <see cref="LossRecovery"/>.
/// </summary>
internal sealed class RttEstimator
{
    /// <summary>RFC 9002 §6.1.2: kGranularity.</summary>
    public static readonly Duration Granularity = Duration.FromMilliseconds(1);

    private readonly Duration _initialRtt;
    private bool _restartMin;

    public RttEstimator(Duration initialRtt)
    {
        _initialRtt = initialRtt;
        Smoothed = initialRtt;
        Variation = initialRtt / 2;
    }

    /// <summary>The last sample; zero before the first.</summary>
    public Duration Latest { get; private set; }

    public Duration Smoothed { get; private set; }

    public Duration Variation { get; private set; }

    /// <summary>The least sample, of this path or since persistent congestion; zero before the first.</summary>
    public Duration Min { get; private set; }

    /// <summary>When the first sample was taken; Never before.</summary>
    public Instant FirstSampleTime { get; private set; } = Instant.Never;

    public bool HasSample => !FirstSampleTime.IsNever;

    /// <summary>
    /// smoothed_rtt + max(4 * rttvar, kGranularity): the probe timeout without max_ack_delay and backoff (RFC 9002 §6.2.1).
    /// </summary>
    public Duration ProbeBase => Smoothed + Duration.Max(Variation * 4, Granularity);

    /// <summary>RFC 9002 §6.1.2: 9/8 of the larger of the smoothed and the latest sample, at least the granularity.</summary>
    public Duration LossDelay
    {
        get
        {
            var rtt = Duration.Max(Smoothed, Latest);
            return Duration.Max(rtt + rtt / 8, Granularity);
        }
    }

    /// <summary>
    /// Takes a sample. <paramref name="ackDelay"/> is what the peer claims, already limited to its max_ack_delay where that applies
    /// (RFC 9002 §5.3).
    /// </summary>
    public void AddSample(Duration latest, Duration ackDelay, Instant now)
    {
        Latest = Duration.Max(latest, Duration.Zero);
        if (!HasSample)
        {
            FirstSampleTime = now;
            Min = Latest;
            Smoothed = Latest;
            Variation = Latest / 2;
            return;
        }

        Min = _restartMin ? Latest : Duration.Min(Min, Latest);
        _restartMin = false;

        // The delay is only believed as far as it leaves a plausible sample.
        ackDelay = Duration.Max(ackDelay, Duration.Zero);
        var adjusted = Latest >= Min + ackDelay ? Latest - ackDelay : Latest;
        var difference = Smoothed >= adjusted ? Smoothed - adjusted : adjusted - Smoothed;
        Variation = Blend(Variation, 3, difference, 4);
        Smoothed = Blend(Smoothed, 7, adjusted, 8);
    }

    /// <summary>RFC 9002 §5.2: min_rtt starts afresh with the next sample.</summary>
    public void OnPersistentCongestion() => _restartMin = true;

    /// <summary>Forgets everything: the path is another one (RFC 9000 §9.4).</summary>
    public void Reset()
    {
        Latest = Duration.Zero;
        Smoothed = _initialRtt;
        Variation = _initialRtt / 2;
        Min = Duration.Zero;
        FirstSampleTime = Instant.Never;
        _restartMin = false;
    }

    // weight/total of the old and 1/total of the new, without an intermediate product that could overflow.
    private static Duration Blend(Duration old, long weight, Duration sample, long total) =>
        new(old.Nanoseconds / total * weight + old.Nanoseconds % total * weight / total + sample.Nanoseconds / total);
}
