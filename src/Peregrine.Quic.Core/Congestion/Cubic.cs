using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// CUBIC (RFC 9438) with its Reno-friendly region, fast convergence and HyStart++. It owns the window, in bytes with a fraction; only
/// additions, products and quotients of doubles are used, which give the same bits on every machine.
/// </summary>
internal sealed class Cubic : ICongestionController
{
    // RFC 9438 §5.1 and §4.6: C in datagrams per second cubed, and beta_cubic. §4.3: alpha_cubic = 3 * (1 - beta) / (1 + beta).
    private const double C = 0.4;
    private const double Beta = 0.7;
    private const double Alpha = 3 * (1 - Beta) / (1 + Beta);

    private readonly CongestionSettings _settings;
    private WindowBounds _bounds;
    private HyStart? _hyStart = new();
    private double _window;
    private double _threshold = double.PositiveInfinity;

    // Of the congestion avoidance stage; _epochStart is Never outside of one.
    private Instant _epochStart = Instant.Never;
    private double _maxWindow;
    private double _priorWindow;
    private double _renoWindow;
    private double _k;
    private bool _afterReduction;

    // When the window was last seen in full use: what follows until the next such ACK does not count towards t.
    private Instant _lastLimited = Instant.Never;

    public Cubic(CongestionSettings settings)
    {
        _settings = settings;
        _bounds = WindowBounds.For(settings, settings.MaxDatagramSize);
        _window = _bounds.Initial;
    }

    public ulong CongestionWindow => (ulong)_window;

    public bool InSlowStart => _window < _threshold;

    public Instant RecoveryStart { get; private set; } = new(long.MinValue);

    public ulong CongestionEvents { get; private set; }

    public void OnPacketSent(int bytes, ulong bytesInFlightBefore, Instant now)
    {
        // RFC 9438 §4.2: time in which nothing was in flight does not count towards t.
        if (bytesInFlightBefore == 0)
            ExcludeTimeUntil(now);
    }

    public void OnPacketsAcked(in AckedPackets acked)
    {
        if (InSlowStart && _hyStart is not null && _hyStart.OnAck(acked.RttSample, acked.LargestSentTime, acked.Now))
            LeaveSlowStart();
        if (!acked.WindowLimited)
        {
            ExcludeTimeUntil(acked.Now);
            return;
        }

        _lastLimited = acked.Now;
        if (acked.Bytes == 0)
            return;

        if (InSlowStart)
            SetWindow(_window + (_hyStart is { IsConservative: true } ? (double)acked.Bytes / HyStart.ConservativeGrowthDivisor : acked.Bytes));
        else
            Avoid(acked);
    }

    public void OnCongestionEvent(Instant sentTime, Instant now) => Reduce(sentTime, now, _bounds.Minimum);

    // RFC 9438 §4.6: on ECN the window may shrink to one datagram; the threshold keeps two.
    public void OnEcnCongestion(Instant sentTime, Instant now) => Reduce(sentTime, now, _bounds.Minimum / 2);

    public void OnPersistentCongestion()
    {
        CongestionEvents++;
        _window = _bounds.Minimum;
        RecoveryStart = new Instant(long.MinValue);
        EndStage(afterReduction: false);
    }

    public void OnMaxDatagramSizeChanged(int maxDatagramSize)
    {
        _bounds = WindowBounds.For(_settings, maxDatagramSize);
        _window = Math.Clamp(_window, _bounds.Minimum, _bounds.Maximum);
    }

    public void Reset(Instant now)
    {
        _hyStart = new HyStart();
        _window = _bounds.Initial;
        _threshold = double.PositiveInfinity;
        _maxWindow = 0;
        RecoveryStart = now;
        EndStage(afterReduction: false);
    }

    private void Avoid(in AckedPackets acked)
    {
        if (_epochStart.IsNever)
            BeginStage(acked.Now);

        // RFC 9438 §4.3: what Reno would have, at alpha until it is back at the old window, then like Reno.
        _renoWindow += (_renoWindow >= _priorWindow ? 1 : Alpha) * _bounds.MaxDatagramSize * acked.Bytes / _window;
        var t = (acked.Now - _epochStart).Seconds;
        if (CubicWindow(t) < _renoWindow)
        {
            SetWindow(Math.Max(_window, _renoWindow));
            return;
        }

        // RFC 9438 §4.2, §4.4, §4.5: towards the curve one round trip ahead, by (target - cwnd) / cwnd for each datagram acknowledged.
        var target = Math.Clamp(CubicWindow(t + acked.SmoothedRtt.Seconds), _window, 1.5 * _window);
        SetWindow(_window + (target - _window) * Math.Min(acked.Bytes / _window, 1));
    }

    /// <summary>W_cubic(t), in bytes (RFC 9438 §4.2).</summary>
    private double CubicWindow(double t)
    {
        var distance = t - _k;
        return C * distance * distance * distance * _bounds.MaxDatagramSize + _maxWindow;
    }

    private void BeginStage(Instant now)
    {
        _epochStart = now;
        _lastLimited = now;
        _renoWindow = _window;
        if (_afterReduction && _maxWindow > _window)
        {
            _k = CubeRoot((_maxWindow - _window) / (C * _bounds.MaxDatagramSize));
            return;
        }

        // RFC 9438 §4.8, §4.10: after slow start ended without a loss, or following a timeout, the plateau is here.
        _k = 0;
        _maxWindow = _window;
        if (!_afterReduction)
            _priorWindow = _window;
    }

    private void Reduce(Instant sentTime, Instant now, ulong minimum)
    {
        if (sentTime <= RecoveryStart)
            return;
        RecoveryStart = now;
        CongestionEvents++;

        // RFC 9438 §4.7: a window that did not get back to its old maximum leaves room for a newcomer.
        _maxWindow = _window < _maxWindow ? _window * ((1 + Beta) / 2) : _window;
        _priorWindow = _window;
        _window = Math.Max(_window * Beta, minimum);
        _threshold = Math.Max(_window, _bounds.Minimum);
        EndStage(afterReduction: true);
        BeginStage(now);
    }

    private void LeaveSlowStart()
    {
        _threshold = _window;
        EndStage(afterReduction: false);
    }

    private void EndStage(bool afterReduction)
    {
        _afterReduction = afterReduction;
        _epochStart = Instant.Never;

        // RFC 9406 §4.3: only the first slow start needs it, later ones have a threshold.
        if (!double.IsInfinity(_threshold))
            _hyStart = null;
    }

    private void ExcludeTimeUntil(Instant now)
    {
        if (_epochStart.IsNever || now <= _lastLimited)
            return;
        _epochStart += now - _lastLimited;
        _lastLimited = now;
    }

    private void SetWindow(double window) => _window = Math.Min(window, _bounds.Maximum);

    /// <summary>The cube root by Newton's method: Math.Cbrt comes from the platform's C library and may differ in its last bit.</summary>
    private static double CubeRoot(double value)
    {
        if (value <= 0)
            return 0;
        var root = Math.Max(value, 1);
        for (var i = 0; i < 100; i++)
        {
            var next = (2 * root + value / (root * root)) / 3;
            if (next >= root)
                break;
            root = next;
        }

        return root;
    }
}
