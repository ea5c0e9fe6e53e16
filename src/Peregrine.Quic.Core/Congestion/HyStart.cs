using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// HyStart++ (RFC 9406): leaves the first slow start when the round-trip time rises, by way of a slower, conservative phase that can find
/// the
/// rise to have been noise. It owns the rounds; a round is over when a packet sent since its start is acknowledged.
/// </summary>
internal sealed class HyStart
{
    // RFC 9406 §4.3. No limit L on growth per ACK, since what is sent is paced.
    public const int ConservativeGrowthDivisor = 4;
    private const int ConservativeRounds = 5;
    private const int SamplesPerRound = 8;
    private static readonly Duration MinThreshold = Duration.FromMilliseconds(4);
    private static readonly Duration MaxThreshold = Duration.FromMilliseconds(16);

    private Instant _roundStart = new(long.MinValue);
    private Duration _currentMin = Duration.Infinite;
    private Duration _lastMin = Duration.Infinite;
    private Duration _baseline = Duration.Infinite;
    private int _samples;
    private int _conservativeRoundsDone;

    /// <summary>True in the conservative phase (CSS).</summary>
    public bool IsConservative { get; private set; }

    /// <summary>Takes one ACK of slow start; true when slow start is over and congestion avoidance begins.</summary>
    public bool OnAck(Duration sample, Instant largestSentTime, Instant now)
    {
        // The sample belongs to the round in which it is measured, so the old round is closed first.
        if (largestSentTime >= _roundStart && CloseRound(now))
            return true;
        if (sample <= Duration.Zero)
            return false;

        _currentMin = Duration.Min(_currentMin, sample);
        _samples++;
        if (_samples < SamplesPerRound)
            return false;

        if (IsConservative)
        {
            if (_currentMin < _baseline)
                IsConservative = false;
        }
        else if (!_lastMin.IsInfinite && _currentMin >= _lastMin + Duration.Max(MinThreshold, Duration.Min(_lastMin / 8, MaxThreshold)))
        {
            _baseline = _currentMin;
            IsConservative = true;
            _conservativeRoundsDone = 0;
        }

        return false;
    }

    private bool CloseRound(Instant now)
    {
        _roundStart = now;
        _lastMin = _currentMin;
        _currentMin = Duration.Infinite;
        _samples = 0;
        return IsConservative && ++_conservativeRoundsDone >= ConservativeRounds;
    }
}
