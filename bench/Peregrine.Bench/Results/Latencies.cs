using System.Diagnostics;

namespace Peregrine.Bench;

/// <summary>Collects durations and gives their percentiles. Not for concurrent use.</summary>
internal sealed class Latencies(int capacity)
{
    private readonly List<long> _ticks = new(capacity);

    public int Count => _ticks.Count;

    public void Add(long startTimestamp) => _ticks.Add(Stopwatch.GetTimestamp() - startTimestamp);

    /// <summary>The duration that a share of all do not exceed, in microseconds; 0 when there are none.</summary>
    public double Microseconds(double share)
    {
        if (_ticks.Count == 0)
            return 0;
        _ticks.Sort();
        return _ticks[(int)Math.Min(_ticks.Count - 1, share * _ticks.Count)] * 1e6 / Stopwatch.Frequency;
    }
}
