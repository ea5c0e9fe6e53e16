using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

// RFC 9002 §7.8.
public class WindowUseTests
{
    private WindowUse _use;

    [Theory]
    [InlineData(12_000, true, true)]
    [InlineData(6_001, true, true)]
    [InlineData(6_000, true, false)]
    [InlineData(8_400, false, true)]
    [InlineData(8_399, false, false)]
    public void Half_a_window_is_use_in_slow_start_and_three_datagrams_less_later(int inFlight, bool slowStart, bool limited)
    {
        _use.OnSent(1200, (ulong)inFlight);
        Assert.Equal(limited, _use.WasLimited(12_000, slowStart, 1200));
    }

    // An ACK that empties the flight, or one for old packets, does not make the window look unused.
    [Fact]
    public void Use_is_remembered_for_a_round_trip_and_no_longer()
    {
        _use.OnSent(0, 12_000);
        _use.OnAcked(new Instant(1), 1200, new Instant(100));
        Assert.True(_use.WasLimited(12_000, false, 1200));
        _use.OnAcked(new Instant(50), 1200, new Instant(150));
        Assert.True(_use.WasLimited(12_000, false, 1200));
        _use.OnAcked(new Instant(100), 1200, new Instant(200));
        Assert.False(_use.WasLimited(12_000, false, 1200));
    }

    [Fact]
    public void An_empty_flight_starts_over()
    {
        _use.OnSent(0, 12_000);
        _use.OnSent(0, 1200);
        Assert.False(_use.WasLimited(12_000, false, 1200));
    }
}
