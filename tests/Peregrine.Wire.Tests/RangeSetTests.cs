namespace Peregrine.Wire.Tests;

public sealed class RangeSetTests
{
    [Fact]
    public void Numbers_in_order_make_one_range()
    {
        var set = new RangeSet();
        for (ulong i = 0; i < 100; i++)
            Assert.True(set.Add(i));
        Assert.Equal([new Range64(0, 100)], set.Ranges.ToArray());
        Assert.Equal(100UL, set.End);
    }

    [Fact]
    public void The_missing_number_joins_two_ranges()
    {
        var set = new RangeSet();
        set.Add(0, 5);
        set.Add(6, 10);
        Assert.Equal(2, set.Count);
        Assert.True(set.Add(5));
        Assert.Equal([new Range64(0, 10)], set.Ranges.ToArray());
        Assert.False(set.Add(5));
    }

    [Fact]
    public void Adding_says_how_many_numbers_were_new()
    {
        var set = new RangeSet();
        Assert.Equal(5UL, set.Add(10, 15));
        Assert.Equal(5UL, set.Add(20, 25));
        Assert.Equal(0UL, set.Add(11, 14));
        Assert.Equal(10UL, set.Add(5, 25));
        Assert.Equal(0UL, set.Add(7, 7));
    }

    [Fact]
    public void Removing_from_the_middle_splits_a_range()
    {
        var set = new RangeSet();
        set.Add(0, 10);
        set.Remove(4, 6);
        Assert.Equal([new Range64(0, 4), new Range64(6, 10)], set.Ranges.ToArray());
        set.Remove(3, 7);
        Assert.Equal([new Range64(0, 3), new Range64(7, 10)], set.Ranges.ToArray());
        set.Remove(0, 100);
        Assert.True(set.IsEmpty);
        Assert.Equal(0UL, set.End);
    }

    [Fact]
    public void The_lowest_can_be_forgotten_by_number_and_by_count()
    {
        var set = new RangeSet();
        set.Add(0, 10);
        set.Add(20, 30);
        set.Add(40, 50);
        set.RemoveBelow(25);
        Assert.Equal([new Range64(25, 30), new Range64(40, 50)], set.Ranges.ToArray());
        set.RemoveFirst(1);
        Assert.Equal([new Range64(40, 50)], set.Ranges.ToArray());
        set.Clear();
        Assert.Equal(0, set.Count);
    }

    [Fact]
    public void The_top_of_62_bits_is_held()
    {
        var set = new RangeSet();
        Assert.True(set.Add(VarInt.MaxValue));
        Assert.True(set.Contains(VarInt.MaxValue));
        Assert.Equal(VarInt.MaxValue + 1, set.End);
        Assert.Equal(VarInt.MaxValue, set.Add(0, VarInt.MaxValue + 1));
        Assert.Equal(1, set.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_behaves_like_a_set_of_single_numbers(int seed)
    {
        const int Universe = 120;
        var random = new Random(seed);
        var set = new RangeSet();
        var model = new bool[Universe];
        for (var step = 0; step < 20_000; step++)
        {
            var start = random.Next(Universe);
            var end = Math.Min(Universe, start + random.Next(12));
            switch (random.Next(8))
            {
                case < 4:
                    var fresh = model.AsSpan(start, end - start).Count(false);
                    Assert.Equal((ulong)fresh, set.Add((ulong)start, (ulong)end));
                    model.AsSpan(start, end - start).Fill(true);
                    break;
                case < 7:
                    set.Remove((ulong)start, (ulong)end);
                    model.AsSpan(start, end - start).Clear();
                    break;
                default:
                    var below = random.Next(20);
                    set.RemoveBelow((ulong)below);
                    model.AsSpan(0, below).Clear();
                    break;
            }

            AssertSame(model, set);
            Assert.Equal(!model.AsSpan(start, end - start).Contains(false), set.ContainsAll((ulong)start, (ulong)end));
        }
    }

    private static void AssertSame(bool[] model, RangeSet set)
    {
        var held = new bool[model.Length];
        ulong previousEnd = 0;
        for (var i = 0; i < set.Count; i++)
        {
            // Sorted, not empty, not touching.
            Assert.True(set[i].Start < set[i].End && (i == 0 || set[i].Start > previousEnd));
            previousEnd = set[i].End;
            held.AsSpan((int)set[i].Start, (int)set[i].Length).Fill(true);
        }

        Assert.True(model.AsSpan().SequenceEqual(held));
        for (var i = 0; i < model.Length; i++)
            Assert.Equal(model[i], set.Contains((ulong)i));
    }
}
