namespace Peregrine.Wire.Tests;

// Robustness V3: a peer's 62-bit number times a unit never wraps into the past.
public sealed class TimeTests
{
    [Theory]
    [InlineData(long.MaxValue, 1L, long.MaxValue)]
    [InlineData(long.MaxValue - 1, 1L, long.MaxValue)]
    [InlineData(long.MaxValue, -1L, long.MaxValue - 1)]
    [InlineData(long.MinValue, -1L, long.MinValue)]
    [InlineData(long.MinValue, long.MinValue, long.MinValue)]
    [InlineData(long.MinValue, long.MaxValue, -1L)]
    [InlineData(2L, 3L, 5L)]
    public void Sums_stop_at_the_ends(long a, long b, long sum)
    {
        Assert.Equal(sum, Saturating.Add(a, b));
        Assert.Equal(sum, Saturating.Add(b, a));
    }

    [Theory]
    [InlineData(long.MinValue, 1L, long.MinValue)]
    [InlineData(long.MaxValue, -1L, long.MaxValue)]
    [InlineData(0L, long.MinValue, long.MaxValue)]
    [InlineData(-2L, long.MaxValue, long.MinValue)]
    [InlineData(-1L, long.MaxValue, long.MinValue)]
    [InlineData(5L, 3L, 2L)]
    public void Differences_stop_at_the_ends(long a, long b, long difference) => Assert.Equal(difference, Saturating.Subtract(a, b));

    [Theory]
    [InlineData(long.MaxValue, 2L, long.MaxValue)]
    [InlineData(long.MaxValue, -2L, long.MinValue)]
    [InlineData(long.MinValue, -1L, long.MaxValue)]
    [InlineData(long.MinValue, 2L, long.MinValue)]
    [InlineData(1L << 32, 1L << 31, long.MaxValue)]
    [InlineData(-(1L << 32), 1L << 31, long.MinValue)]
    [InlineData(1L << 31, 1L << 31, 1L << 62)]
    [InlineData(-3L, 7L, -21L)]
    [InlineData(0L, long.MinValue, 0L)]
    public void Products_stop_at_the_ends(long a, long b, long product)
    {
        Assert.Equal(product, Saturating.Multiply(a, b));
        Assert.Equal(product, Saturating.Multiply(b, a));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL << 60)]
    [InlineData((1UL << 60) + 1)]
    [InlineData(4611686018427387903UL)]
    [InlineData(ulong.MaxValue)]
    public void Any_peers_number_makes_a_duration_that_is_not_negative(ulong value)
    {
        foreach (var duration in (Duration[])[Duration.FromMicroseconds(value), Duration.FromMilliseconds(value), Duration.FromSeconds(value)])
        {
            Assert.True(duration >= Duration.Zero);
            Assert.True(new Instant(long.MaxValue / 2) + duration >= new Instant(long.MaxValue / 2));
            Assert.True(duration * (1 << 20) >= duration);
        }
    }

    [Fact]
    public void Instants_and_durations_compare_and_convert()
    {
        var start = new Instant(1_000);
        var later = start + Duration.FromMicroseconds(3);
        Assert.Equal(4_000, later.Nanoseconds);
        Assert.Equal(Duration.FromNanoseconds(3_000), later - start);
        Assert.True(later > start && start < later && start <= later && later >= start);
        Assert.Equal(start, Instant.Min(start, later));
        Assert.Equal(later, Instant.Max(start, later));
        Assert.True(Instant.Never.IsNever);
        Assert.True((Instant.Never + Duration.FromSeconds(1)).IsNever);

        Assert.Equal(TimeSpan.FromMilliseconds(25), Duration.FromMilliseconds(25).ToTimeSpan());
        Assert.Equal(Duration.FromMilliseconds(25), Duration.FromTimeSpan(TimeSpan.FromMilliseconds(25)));
        Assert.True(Duration.FromTimeSpan(Timeout.InfiniteTimeSpan).IsInfinite);
        Assert.True(Duration.FromTimeSpan(TimeSpan.MaxValue).IsInfinite);
        Assert.Equal(0UL, Duration.FromNanoseconds(-5).Microseconds);
        Assert.Equal(Duration.FromMilliseconds(10), Duration.FromMilliseconds(20) / 2);
        Assert.Equal(Duration.FromMilliseconds(1), Duration.Min(Duration.FromMilliseconds(1), Duration.Infinite));
        Assert.Equal(Duration.Infinite, Duration.Max(Duration.FromMilliseconds(1), Duration.Infinite));
    }
}
