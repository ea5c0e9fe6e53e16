using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Whether the congestion window was filled lately (RFC 9002 §7.8). It keeps the most bytes in flight of this round trip and the one
/// before,
/// so that neither pacing nor a moment between two ACKs looks like a sender with nothing to say.
/// </summary>
internal struct WindowUse
{
    private ulong _current;
    private ulong _previous;
    private Instant _roundStart;

    public void OnSent(ulong bytesInFlightBefore, ulong bytesInFlight)
    {
        if (bytesInFlightBefore == 0)
            _current = _previous = 0;
        _current = Math.Max(_current, bytesInFlight);
    }

    /// <summary>Call after <see cref="WasLimited"/>: a packet sent at this time was acknowledged.</summary>
    public void OnAcked(Instant largestSentTime, ulong bytesInFlight, Instant now)
    {
        if (largestSentTime < _roundStart)
            return;
        _roundStart = now;
        _previous = _current;
        _current = bytesInFlight;
    }

    /// <summary>
    /// In slow start half a window is enough, as the window doubles in the time it takes to fill it; afterwards three datagrams are allowed
    /// for what pacing and batches leave open.
    /// </summary>
    public readonly bool WasLimited(ulong window, bool inSlowStart, int maxDatagramSize)
    {
        var most = Math.Max(_current, _previous);
        return inSlowStart ? most > window / 2 : most + 3 * (ulong)maxDatagramSize >= window;
    }
}
