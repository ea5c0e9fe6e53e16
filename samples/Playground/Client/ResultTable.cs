using System.Globalization;

namespace Playground;

/// <summary>Prints outcomes as they come, in columns, and counts the failures.</summary>
internal sealed class ResultTable
{
    private const int NameWidth = 31;
    private const int TimeWidth = 9;
    private const int RateWidth = 12;

    private int _count;

    public int Failures { get; private set; }

    public void Begin(Uri url)
    {
        Console.WriteLine($"  {url}");
        Console.WriteLine();
        Console.WriteLine($"     {"exchange",-NameWidth}{"time",TimeWidth}{"rate",RateWidth + 2}   result");
        Console.WriteLine($"     {new string('─', NameWidth + TimeWidth + RateWidth + 2 + 42)}");
    }

    public void Add(Outcome outcome)
    {
        _count++;
        if (outcome.Failed)
            Failures++;
        var rate = outcome.Bytes == 0 ? "" : Rate(outcome.Bytes, outcome.Time);
        Console.WriteLine($"  {(outcome.Failed ? '✗' : '✓')}  {outcome.Name,-NameWidth}{Duration(outcome.Time),TimeWidth}{rate,RateWidth + 2}   {outcome.Result}");
    }

    public void End()
    {
        Console.WriteLine();
        Console.WriteLine(Failures == 0 ? $"  All {_count} succeeded." : $"  {Failures} of {_count} failed.");
    }

    /// <summary>A time in the unit that suits it.</summary>
    public static string Duration(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 1 => Invariant($"{time.TotalMicroseconds:0} µs"),
        < 10 => Invariant($"{time.TotalMilliseconds:0.00} ms"),
        < 1000 => Invariant($"{time.TotalMilliseconds:0.0} ms"),
        _ => Invariant($"{time.TotalSeconds:0.00} s"),
    };

    private static string Rate(long bytes, TimeSpan time) => Invariant($"{bytes * 8 / time.TotalSeconds / 1e6:#,0} Mbit/s");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
