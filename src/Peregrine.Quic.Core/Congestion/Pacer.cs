using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Spreads a window over its round trip (RFC 9002 §7.7) with a token bucket. It owns the tokens, in bytes; the rate follows what
/// <see cref="SetRate"/> was told last. Before the first call nothing is paced, which lets the initial window out at once, and round trips
/// of up to a millisecond are not paced either, since no timer would be that fine.
/// </summary>
internal sealed class Pacer
{
    /// <summary>Timers are not set finer than this; what gathers in the meantime goes as one batch.</summary>
    private static readonly Duration MinDelay = Duration.FromMilliseconds(1);

    private const ulong BurstPackets = 10;

    // Time is counted in 1024 ns, so that the product with a window in bytes stays far below 2^64.
    private const int UnitShift = 10;
    private const ulong MaxUnits = 1UL << 31;
    private const ulong MaxBytesPerRoundTrip = 1UL << 32;

    private ulong _bytesPerRoundTrip;
    private ulong _roundTripUnits;
    private ulong _burst;
    private ulong _tokens;
    private Instant _refilled;

    private bool IsUnlimited => _roundTripUnits == 0;

    /// <summary>Takes the rate from the window and the smoothed round-trip time: 1.25 windows a round trip, 2 in slow start.</summary>
    public void SetRate(ulong window, Duration smoothedRtt, bool inSlowStart, int maxDatagramSize, Instant now)
    {
        var wasUnlimited = IsUnlimited;
        Refill(now);
        if (smoothedRtt <= MinDelay)
        {
            _roundTripUnits = 0;
            return;
        }

        _bytesPerRoundTrip = Math.Min(inSlowStart ? window * 2 : window + window / 4, MaxBytesPerRoundTrip);
        _roundTripUnits = Math.Min((ulong)smoothedRtt.Nanoseconds >> UnitShift, MaxUnits);
        var twoMilliseconds = (2_000_000UL >> UnitShift) * _bytesPerRoundTrip / _roundTripUnits;
        _burst = Math.Max(BurstPackets * (ulong)maxDatagramSize, twoMilliseconds);
        _tokens = wasUnlimited ? _burst : Math.Min(_tokens, _burst);
        if (wasUnlimited)
            _refilled = now;
    }

    /// <summary>True when a datagram of this size may leave now.</summary>
    public bool CanSend(int bytes, Instant now)
    {
        if (IsUnlimited)
            return true;
        Refill(now);
        return _tokens >= Needed(bytes);
    }

    /// <summary>
    /// When a datagram of this size may leave: <paramref name="now"/>, or at least a millisecond later. It is never Never.
    /// </summary>
    public Instant NextSendTime(int bytes, Instant now)
    {
        if (CanSend(bytes, now))
            return now;
        var units = ((Needed(bytes) - _tokens) * _roundTripUnits + _bytesPerRoundTrip - 1) / _bytesPerRoundTrip;
        return now + Duration.Max(MinDelay, new Duration((long)(units << UnitShift)));
    }

    public void OnSent(int bytes, Instant now)
    {
        if (IsUnlimited)
            return;
        Refill(now);

        // Probes are sent without asking: they empty the bucket but leave no debt.
        _tokens -= Math.Min(_tokens, (ulong)bytes);
    }

    /// <summary>Nothing is paced until the next <see cref="SetRate"/>: the path is another one.</summary>
    public void Reset() => _roundTripUnits = 0;

    // More than a burst never gathers, so a larger batch asks for no more than that.
    private ulong Needed(int bytes) => Math.Min((ulong)bytes, _burst);

    private void Refill(Instant now)
    {
        if (IsUnlimited || now <= _refilled)
            return;
        var units = (ulong)(now - _refilled).Nanoseconds >> UnitShift;
        if (units >= _roundTripUnits)
        {
            _tokens = _burst;
            _refilled = now;
            return;
        }

        // Time too short for a whole byte is left for the next call, so that asking often loses nothing.
        var gained = units * _bytesPerRoundTrip / _roundTripUnits;
        if (gained == 0)
            return;
        var used = (gained * _roundTripUnits + _bytesPerRoundTrip - 1) / _bytesPerRoundTrip;
        _tokens = Math.Min(_tokens + gained, _burst);
        _refilled += new Duration((long)(used << UnitShift));
    }
}
