using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class ReceiveWindowTests
{
    private static readonly Duration RoundTrip = Duration.FromMilliseconds(100);

    [Theory]
    [InlineData(99, true)]
    [InlineData(100, false)]
    [InlineData(5_000, false)]
    public void A_window_consumed_in_less_than_two_round_trips_doubles(int millisecondsForHalf, bool grows)
    {
        var window = new ReceiveWindow(1_000, 6_000);
        Assert.False(window.Tune(At(0), RoundTrip));
        Consume(window, 500);
        Assert.Equal(grows, window.Tune(At(millisecondsForHalf), RoundTrip));
        Assert.Equal(grows ? 2_000UL : 1_000, window.Size);
    }

    [Fact]
    public void Growth_stops_at_the_cap()
    {
        var window = new ReceiveWindow(1_000, 5_000);
        for (var i = 0; i < 20; i++)
        {
            Consume(window, window.Size);
            window.Tune(At(i), RoundTrip);
            window.Announce();
        }

        Assert.Equal(5_000UL, window.Size);
        Assert.Equal(window.Consumed + 5_000, window.Limit);
    }

    [Fact]
    public void Less_than_half_a_window_is_no_evidence()
    {
        var window = new ReceiveWindow(1_000, 6_000);
        window.Tune(At(0), RoundTrip);
        Consume(window, 499);
        Assert.False(window.Tune(At(1), RoundTrip));
        Consume(window, 1);
        Assert.True(window.Tune(At(2), RoundTrip));
    }

    [Fact]
    public void Bytes_that_nobody_read_move_the_limit_but_do_not_grow_the_window()
    {
        var window = new ReceiveWindow(1_000, 6_000);
        window.Tune(At(0), RoundTrip);
        window.OnReceived(1_000);
        window.OnDropped(1_000);
        Assert.False(window.Tune(At(1), RoundTrip));
        Assert.True(window.IsUpdateDue);
        Assert.Equal(2_000UL, window.Announce());
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void Even_the_smallest_window_moves_on(ulong size)
    {
        var window = new ReceiveWindow(size, size);
        for (var i = 0; i < 10; i++)
        {
            Consume(window, window.Available);
            Assert.True(window.IsUpdateDue);
            window.Announce();
            Assert.Equal(size, window.Available);
        }
    }

    [Fact]
    public void The_limit_never_passes_the_largest_varint()
    {
        // Robustness V3.
        var window = new ReceiveWindow(VarInt.MaxValue, VarInt.MaxValue);
        window.OnReceived(VarInt.MaxValue - 1);
        window.OnConsumed(VarInt.MaxValue - 1);
        Assert.False(window.IsUpdateDue);
        Assert.Equal(VarInt.MaxValue, window.Announce());
        window.Tune(At(0), Duration.Infinite);
        Assert.False(window.Tune(Instant.Never, Duration.Infinite));
    }

    [Fact]
    public void A_fast_reader_of_a_long_path_gets_the_whole_window_and_the_connection_follows()
    {
        var pair = new StreamPair();
        var (ours, theirs) = pair.Open();
        pair.Server.Streams.SmoothedRtt = Duration.FromSeconds(60);
        var chunk = new byte[65_536];
        for (var i = 0; i < 2_000; i++)
        {
            ours.Send!.Write(chunk);
            pair.Cross(pair.Client, pair.Server);
            while (theirs.Receive!.Read(chunk) > 0)
            {
            }

            pair.Cross(pair.Server, pair.Client);
        }

        Assert.InRange(pair.Server.Streams.Window.Size, 9UL * 1024 * 1024, 15UL * 1024 * 1024);
    }

    private static void Consume(ReceiveWindow window, ulong bytes)
    {
        window.OnReceived(bytes);
        window.OnConsumed(bytes);
    }

    private static Instant At(int milliseconds) => Instant.Zero + Duration.FromMilliseconds((ulong)milliseconds);
}
