using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The congestion controller of RFC 9002 §7 and Appendix B: slow start, recovery, and one datagram more per window acknowledged.
/// </summary>
internal sealed class NewReno : ICongestionController
{
    private readonly CongestionSettings _settings;
    private WindowBounds _bounds;
    private ulong _threshold = ulong.MaxValue;
    private ulong _acknowledgedInAvoidance;

    public NewReno(CongestionSettings settings)
    {
        _settings = settings;
        _bounds = WindowBounds.For(settings, settings.MaxDatagramSize);
        CongestionWindow = _bounds.Initial;
    }

    public ulong CongestionWindow { get; private set; }

    public bool InSlowStart => CongestionWindow < _threshold;

    public Instant RecoveryStart { get; private set; } = new(long.MinValue);

    public ulong CongestionEvents { get; private set; }

    public void OnPacketSent(int bytes, ulong bytesInFlightBefore, Instant now)
    {
        // Nothing here depends on sending.
    }

    public void OnPacketsAcked(in AckedPackets acked)
    {
        if (!acked.WindowLimited || acked.Bytes == 0)
            return;

        if (InSlowStart)
        {
            CongestionWindow = Math.Min(CongestionWindow + acked.Bytes, _bounds.Maximum);
            return;
        }

        // RFC 9002 §7.3.3: at most one datagram for each window acknowledged, counted in bytes.
        _acknowledgedInAvoidance += acked.Bytes;
        if (_acknowledgedInAvoidance < CongestionWindow)
            return;
        _acknowledgedInAvoidance -= CongestionWindow;
        CongestionWindow = Math.Min(CongestionWindow + (ulong)_bounds.MaxDatagramSize, _bounds.Maximum);
    }

    public void OnCongestionEvent(Instant sentTime, Instant now)
    {
        if (sentTime <= RecoveryStart)
            return;
        RecoveryStart = now;
        CongestionEvents++;
        _threshold = Math.Max(CongestionWindow / 2, _bounds.Minimum);
        CongestionWindow = _threshold;
        _acknowledgedInAvoidance = 0;
    }

    public void OnEcnCongestion(Instant sentTime, Instant now) => OnCongestionEvent(sentTime, now);

    public void OnPersistentCongestion()
    {
        CongestionEvents++;
        CongestionWindow = _bounds.Minimum;
        RecoveryStart = new Instant(long.MinValue);
        _acknowledgedInAvoidance = 0;
    }

    public void OnMaxDatagramSizeChanged(int maxDatagramSize)
    {
        _bounds = WindowBounds.For(_settings, maxDatagramSize);
        CongestionWindow = Math.Clamp(CongestionWindow, _bounds.Minimum, _bounds.Maximum);
    }

    public void Reset(Instant now)
    {
        CongestionWindow = _bounds.Initial;
        RecoveryStart = now;
        _threshold = ulong.MaxValue;
        _acknowledgedInAvoidance = 0;
    }
}
