namespace Peregrine.Wire;

/// <summary>
/// A point in time in nanoseconds since an origin of the driver's choosing. The core only compares and subtracts instants.
/// </summary>
internal readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    public static Instant Zero => default;

    /// <summary>Later than every other instant: a timer that is not set.</summary>
    public static Instant Never => new(long.MaxValue);

    public bool IsNever => Nanoseconds == long.MaxValue;

    public static Instant Min(Instant a, Instant b) => a.Nanoseconds <= b.Nanoseconds ? a : b;

    public static Instant Max(Instant a, Instant b) => a.Nanoseconds >= b.Nanoseconds ? a : b;

    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);

    // Sums saturate: an attacker's 62-bit number times a unit must never wrap into the past (robustness V3).
    public static Instant operator +(Instant instant, Duration duration) => new(Saturating.Add(instant.Nanoseconds, duration.Nanoseconds));

    public static Instant operator -(Instant instant, Duration duration) => new(Saturating.Subtract(instant.Nanoseconds, duration.Nanoseconds));

    public static Duration operator -(Instant a, Instant b) => new(Saturating.Subtract(a.Nanoseconds, b.Nanoseconds));

    public static bool operator <(Instant a, Instant b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(Instant a, Instant b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(Instant a, Instant b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(Instant a, Instant b) => a.Nanoseconds >= b.Nanoseconds;

    public override string ToString() => IsNever ? "never" : $"{Nanoseconds / 1e6:0.000} ms";
}
