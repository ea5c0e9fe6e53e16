namespace Peregrine.Wire;

/// <summary>A span of time in nanoseconds. Arithmetic saturates.</summary>
internal readonly record struct Duration(long Nanoseconds) : IComparable<Duration>
{
    public static Duration Zero => default;

    public static Duration Infinite => new(long.MaxValue);

    public bool IsInfinite => Nanoseconds == long.MaxValue;

    public double Milliseconds => Nanoseconds / 1e6;

    public double Seconds => Nanoseconds / 1e9;

    public ulong Microseconds => (ulong)Math.Max(0, Nanoseconds) / 1000;

    public static Duration FromNanoseconds(long value) => new(value);

    public static Duration FromMicroseconds(ulong value) => new(Saturating.Multiply(value, 1_000));

    public static Duration FromMilliseconds(ulong value) => new(Saturating.Multiply(value, 1_000_000));

    public static Duration FromSeconds(ulong value) => new(Saturating.Multiply(value, 1_000_000_000));

    public static Duration FromTimeSpan(TimeSpan value) =>
        value == Timeout.InfiniteTimeSpan || value.Ticks > long.MaxValue / 100 ? Infinite : new(value.Ticks * 100);

    public TimeSpan ToTimeSpan() => TimeSpan.FromTicks(Nanoseconds / 100);

    public static Duration Min(Duration a, Duration b) => a.Nanoseconds <= b.Nanoseconds ? a : b;

    public static Duration Max(Duration a, Duration b) => a.Nanoseconds >= b.Nanoseconds ? a : b;

    public int CompareTo(Duration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public static Duration operator +(Duration a, Duration b) => new(Saturating.Add(a.Nanoseconds, b.Nanoseconds));

    public static Duration operator -(Duration a, Duration b) => new(Saturating.Subtract(a.Nanoseconds, b.Nanoseconds));

    public static Duration operator *(Duration a, long factor) => new(Saturating.Multiply(a.Nanoseconds, factor));

    public static Duration operator /(Duration a, long divisor) => new(a.Nanoseconds / divisor);

    public static bool operator <(Duration a, Duration b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(Duration a, Duration b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(Duration a, Duration b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(Duration a, Duration b) => a.Nanoseconds >= b.Nanoseconds;

    public override string ToString() => IsInfinite ? "infinite" : $"{Milliseconds:0.000} ms";
}
