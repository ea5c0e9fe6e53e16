namespace Peregrine.Wire.Tests;

public sealed class SendBufferTests
{
    private readonly BlockPool _pool = new();

    [Fact]
    public void New_bytes_come_in_order_and_only_once()
    {
        var buffer = new SendBuffer(_pool);
        buffer.Write(new byte[1_000]);
        Assert.True(buffer.TryGetNext(600, out var offset, out var length));
        Assert.Equal((0UL, 600), (offset, length));
        buffer.OnSent(offset, length);
        Assert.True(buffer.TryGetNext(600, out offset, out length));
        Assert.Equal((600UL, 400), (offset, length));
        buffer.OnSent(offset, length);
        Assert.False(buffer.HasPending);
        Assert.False(buffer.TryGetNext(600, out _, out _));
    }

    [Fact]
    public void Lost_bytes_come_before_new_ones_and_lowest_first()
    {
        var buffer = Sent(3_000);
        buffer.Write(new byte[100]);
        buffer.OnLost(2_000, 500);
        buffer.OnLost(0, 500);
        Assert.True(buffer.TryGetNext(int.MaxValue, out var offset, out var length));
        Assert.Equal((0UL, 500), (offset, length));
        buffer.OnSent(offset, length);
        Assert.True(buffer.TryGetNext(300, out offset, out length));
        Assert.Equal((2_000UL, 300), (offset, length));
        buffer.OnSent(offset, length);
        Assert.True(buffer.TryGetNext(int.MaxValue, out offset, out length));
        Assert.Equal((2_300UL, 200), (offset, length));
        buffer.OnSent(offset, length);
        Assert.True(buffer.TryGetNext(int.MaxValue, out offset, out length));
        Assert.Equal((3_000UL, 100), (offset, length));
    }

    [Fact]
    public void What_was_acknowledged_in_another_copy_is_not_lost()
    {
        var buffer = Sent(3_000);
        Assert.Equal(500UL, buffer.OnAcked(1_000, 500));
        Assert.Equal(500UL, buffer.OnAcked(2_000, 500));
        buffer.OnLost(500, 2_000);
        Assert.True(buffer.TryGetNext(int.MaxValue, out var offset, out var length));
        Assert.Equal((500UL, 500), (offset, length));
        buffer.OnAcked(500, 500);
        Assert.True(buffer.TryGetNext(int.MaxValue, out offset, out length));
        Assert.Equal((1_500UL, 500), (offset, length));
    }

    [Fact]
    public void A_limit_holds_back_new_bytes()
    {
        var buffer = new SendBuffer(_pool);
        buffer.Write(new byte[1_000]);
        Assert.True(buffer.TryGetNew(int.MaxValue, limit: 700, out var offset, out var length));
        Assert.Equal((0UL, 700), (offset, length));
        buffer.OnSent(offset, length);
        Assert.False(buffer.TryGetNew(int.MaxValue, limit: 700, out _, out _));
    }

    [Fact]
    public void The_acknowledged_prefix_gives_its_blocks_back()
    {
        var buffer = Sent(5 * Block.Size);
        Assert.Equal(5, _pool.RentedCount);
        buffer.OnAcked(Block.Size, 2 * Block.Size);
        Assert.Equal(5, _pool.RentedCount);
        Assert.Equal((ulong)Block.Size, buffer.OnAcked(0, Block.Size));
        Assert.Equal(2, _pool.RentedCount);
        Assert.Equal(3UL * Block.Size, buffer.Start);
        buffer.OnAcked(3 * Block.Size, 2 * Block.Size);
        Assert.Equal(0, _pool.RentedCount);
        Assert.True(buffer.IsAllAcked);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(100UL)]
    [InlineData(4_096UL)]
    [InlineData(9_000UL)]
    [InlineData(99_999UL)]
    public void Truncating_keeps_the_bytes_below(ulong end)
    {
        var buffer = new SendBuffer(_pool);
        var data = new byte[10_000];
        new Random(3).NextBytes(data);
        buffer.Write(data);
        buffer.OnSent(0, 5_000);
        buffer.OnLost(0, 5_000);
        buffer.Truncate(end);

        var kept = (int)Math.Min(end, 10_000);
        Assert.Equal((ulong)kept, buffer.End);
        Assert.Equal((kept + Block.Size - 1) / Block.Size, _pool.RentedCount);
        var sent = new List<byte>();
        while (buffer.TryGetNext(777, out var offset, out var length))
        {
            var piece = new byte[length];
            buffer.CopyTo(offset, piece);
            buffer.OnSent(offset, length);
            sent.AddRange(piece);
        }

        Assert.Equal(data.AsSpan(0, kept).ToArray(), sent.ToArray());
        buffer.OnAcked(0, 10_000);
        Assert.True(buffer.IsAllAcked);
        Assert.Equal(0, _pool.RentedCount);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void Every_byte_is_sent_until_acknowledged_and_never_changes(int seed)
    {
        var random = new Random(seed);
        var buffer = new SendBuffer(_pool);
        var written = new List<byte>();
        var flight = new List<(ulong Offset, int Length)>();
        ulong acked = 0;
        while (written.Count < 500_000 || !buffer.IsAllAcked)
        {
            if (written.Count < 500_000 && buffer.Buffered < 100_000)
            {
                var data = new byte[random.Next(1, 9_000)];
                random.NextBytes(data);
                buffer.Write(data);
                written.AddRange(data);
            }

            if (buffer.TryGetNext(random.Next(1, 1_500), out var offset, out var length))
            {
                var copy = new byte[length];
                buffer.CopyTo(offset, copy);
                Assert.True(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(written).Slice((int)offset, length).SequenceEqual(copy));
                buffer.OnSent(offset, length);
                flight.Add((offset, length));
            }

            for (var i = random.Next(0, 4); i > 0 && flight.Count > 0; i--)
            {
                var at = random.Next(flight.Count);
                var fate = random.Next(4);
                if (fate == 0)
                    buffer.OnLost(flight[at].Offset, flight[at].Length);
                else
                    acked += buffer.OnAcked(flight[at].Offset, flight[at].Length);

                // Some fates are told twice: a copy declared lost arrives after all.
                if (fate != 0 || random.Next(2) == 0)
                    flight.RemoveAt(at);
            }
        }

        Assert.Equal((ulong)written.Count, acked);
        Assert.Equal(0, _pool.RentedCount);
        Assert.False(buffer.HasPending);
    }

    [Fact]
    public void Sending_allocates_nothing_in_steady_state()
    {
        var buffer = new SendBuffer(_pool);
        var data = new byte[12_000];
        var packet = new byte[1_200];
        var allocated = 0L;
        for (var round = 0; round < 500; round++)
        {
            if (round == 50)
                allocated = GC.GetAllocatedBytesForCurrentThread();
            buffer.Write(data);
            var from = buffer.SentEnd;
            while (buffer.TryGetNext(packet.Length, out var offset, out var length))
            {
                buffer.CopyTo(offset, packet.AsSpan(0, length));
                buffer.OnSent(offset, length);
            }

            buffer.OnLost(from + 1_200, 1_200);
            buffer.OnAcked(from + 2_400, 9_600);
            Assert.True(buffer.TryGetNext(packet.Length, out var lostOffset, out var lostLength));
            buffer.OnSent(lostOffset, lostLength);
            buffer.OnAcked(from, 2_400);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    private SendBuffer Sent(int length)
    {
        var buffer = new SendBuffer(_pool);
        buffer.Write(new byte[length]);
        buffer.OnSent(0, length);
        return buffer;
    }
}
