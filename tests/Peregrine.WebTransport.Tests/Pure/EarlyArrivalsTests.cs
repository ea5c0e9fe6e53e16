namespace Peregrine.WebTransport.Tests;

public sealed class EarlyArrivalsTests
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(100);

    [Fact]
    public void What_came_early_is_handed_over_in_order_when_its_session_opens()
    {
        var early = new EarlyArrivals<string>();
        early.AddStream(4, "a", Start);
        early.AddStream(8, "other", Start);
        early.AddDatagram(4, "1"u8, Start);
        early.AddStream(4, "b", Start);
        early.AddDatagram(4, "2"u8, Start);

        Assert.True(early.TryTake(4, out var streams, out var datagrams));
        Assert.Equal(["a", "b"], streams);
        Assert.Equal<byte[]>([[(byte)'1'], [(byte)'2']], datagrams);
        Assert.False(early.TryTake(4, out _, out _));
        Assert.True(early.TryTake(8, out streams, out _));
        Assert.Equal(["other"], streams);
        Assert.True(early.IsEmpty);
    }

    [Fact]
    public void W5_the_twenty_fifth_stream_evicts_the_oldest()
    {
        var early = new EarlyArrivals<string>();
        for (var i = 0; i < EarlyArrivals<string>.MaxStreams; i++)
            Assert.Null(early.AddStream(4 * i, $"{i}", Start));

        for (var i = EarlyArrivals<string>.MaxStreams; i < 10_000; i++)
            Assert.Equal($"{i - EarlyArrivals<string>.MaxStreams}", early.AddStream(4 * i, $"{i}", Start));

        Assert.Equal(EarlyArrivals<string>.MaxStreams, early.Clear().Count);
    }

    [Fact]
    public void W5_the_ninth_datagram_is_dropped()
    {
        var early = new EarlyArrivals<string>();
        for (var i = 0; i < EarlyArrivals<string>.MaxDatagrams; i++)
            Assert.True(early.AddDatagram(4, [(byte)i], Start));
        Assert.False(early.AddDatagram(4, [99], Start));

        Assert.True(early.TryTake(4, out _, out var datagrams));
        Assert.Equal(EarlyArrivals<string>.MaxDatagrams, datagrams.Count);
        Assert.True(early.AddDatagram(4, [1], Start));
    }

    [Fact]
    public void W5_streams_that_keep_coming_do_not_put_off_the_deadline_of_the_first()
    {
        var early = new EarlyArrivals<string>();
        early.AddStream(4, "first", Start);
        for (var second = 1; second < 5; second++)
            early.AddStream(4, $"after {second}", Start + TimeSpan.FromSeconds(second));

        Assert.Equal(Start + TimeSpan.FromSeconds(5), early.NextDeadline);
        Assert.Empty(early.Expire(Start + TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1)));
        Assert.Equal(["first", "after 1", "after 2", "after 3", "after 4"], early.Expire(Start + TimeSpan.FromSeconds(5)));
        Assert.True(early.IsEmpty);
    }

    [Fact]
    public void W5_each_session_has_its_own_deadline()
    {
        var early = new EarlyArrivals<string>();
        early.AddStream(4, "a", Start);
        early.AddDatagram(8, "x"u8, Start + TimeSpan.FromSeconds(2));

        Assert.Equal(["a"], early.Expire(Start + TimeSpan.FromSeconds(6)));
        Assert.Equal(Start + TimeSpan.FromSeconds(7), early.NextDeadline);
        Assert.Empty(early.Expire(Start + TimeSpan.FromSeconds(7)));
        Assert.True(early.IsEmpty);
    }

    [Fact]
    public void A_session_whose_streams_were_all_evicted_keeps_no_deadline()
    {
        var early = new EarlyArrivals<string>();
        early.AddStream(4, "gone", Start);
        for (var i = 0; i < EarlyArrivals<string>.MaxStreams; i++)
            early.AddStream(8, $"{i}", Start + TimeSpan.FromSeconds(1));

        Assert.Equal(Start + TimeSpan.FromSeconds(6), early.NextDeadline);
        Assert.False(early.TryTake(4, out _, out _));
    }

    [Fact]
    public void W6_sixteen_closed_sessions_are_remembered_and_no_more()
    {
        var closed = new RecentlyClosedSessions();
        Assert.False(closed.Contains(0));
        for (var i = 0; i < 1000; i++)
            closed.Add(4 * i);

        for (var i = 0; i < 1000; i++)
            Assert.Equal(i >= 1000 - RecentlyClosedSessions.Capacity, closed.Contains(4 * i));
    }

    [Fact]
    public void W6_a_session_that_closes_twice_takes_one_place()
    {
        var closed = new RecentlyClosedSessions();
        closed.Add(4);
        for (var i = 0; i < 100; i++)
            closed.Add(8);

        Assert.True(closed.Contains(4));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData((1L << 62) - 4, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData((1L << 62) - 1, false)]
    public void Only_client_initiated_bidirectional_streams_can_be_sessions(ulong id, bool valid) =>
        Assert.Equal(valid, SessionId.IsValid(id));
}
