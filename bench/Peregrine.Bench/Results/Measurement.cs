using System.Diagnostics;

namespace Peregrine.Bench;

/// <summary>A part of a test that is under way: the clock and the CPU seconds of both processes at its beginning.</summary>
internal sealed class Measurement
{
    private readonly BenchTarget _target;
    private readonly double _clientCpu = CpuSecondsHere();
    private readonly double? _serverCpu;
    private readonly long _started;

    public Measurement(BenchTarget target)
    {
        _target = target;
        _serverCpu = target.ServerCpuSeconds();
        _started = Stopwatch.GetTimestamp();
    }

    public double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Ends the part.</summary>
    /// <param name="name">Its name in the results.</param>
    /// <param name="figures">Makes the figures from the seconds it took.</param>
    public TestPart Finish(string name, Func<double, IReadOnlyList<Figure>> figures)
    {
        var seconds = Seconds;
        return new TestPart(name, figures(seconds), seconds, CpuSecondsHere() - _clientCpu, _target.ServerCpuSeconds() - _serverCpu);
    }

    private static double CpuSecondsHere() => Environment.CpuUsage.TotalTime.TotalSeconds;
}
