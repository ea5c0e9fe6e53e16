using System.Buffers;

namespace Peregrine.Wire.Tests;

public sealed class ReceiveBufferTests
{
    private readonly BlockPool _pool = new();

    [Fact]
    public void Pieces_that_arrive_backwards_are_read_forwards()
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Write(4, [5, 6]);
        buffer.Write(2, [3, 4]);
        Assert.Equal(0, buffer.Readable);
        buffer.Write(0, [1, 2]);
        Assert.Equal([1, 2, 3, 4, 5, 6], buffer.Peek().ToArray());
    }

    [Fact]
    [Trait("Review", "D7")]
    public void Advancing_over_what_was_truncated_meanwhile_takes_what_is_left()
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Write(0, new byte[10_000]);
        Assert.Equal(10_000, buffer.Peek().Length);
        buffer.Truncate(5_000);
        buffer.Advance(10_000);
        Assert.Equal((5_000UL, 0L, 0), (buffer.Consumed, buffer.Readable, _pool.RentedCount));
    }

    // Robustness S1: a block beyond the first gap is found at once, whichever it is, and all of them join in the end.
    [Theory]
    [InlineData("descending")]
    [InlineData("from both ends")]
    [InlineData("even, then odd")]
    [InlineData("shuffled")]
    public void Blocks_that_come_in_any_order_are_read_in_order(string order)
    {
        const int count = 600;
        var numbers = Enumerable.Range(0, count).ToArray();
        numbers = order switch
        {
            "descending" => [.. numbers.Reverse()],
            "from both ends" => [.. numbers.Select(i => i % 2 == 0 ? count - 1 - (i / 2) : i / 2)],
            "even, then odd" => [.. numbers.Where(i => i % 2 == 1).Reverse(), .. numbers.Where(i => i % 2 == 0)],
            _ => [.. numbers.OrderBy(i => (i * 7919) % 601)],
        };
        var buffer = new ReceiveBuffer(_pool);
        foreach (var number in numbers)
        {
            var piece = new byte[Block.Size];
            piece.AsSpan().Fill(unchecked((byte)number));
            buffer.Write((ulong)number * Block.Size, piece);
        }

        Assert.Equal((0, count), (buffer.Count, _pool.RentedCount));
        var block = new byte[Block.Size];
        for (var number = 0; number < count; number++)
        {
            Assert.Equal(Block.Size, buffer.Read(block));
            Assert.False(block.AsSpan().ContainsAnyExcept(unchecked((byte)number)), $"Block {number} holds other bytes.");
        }

        Assert.Equal(0, _pool.RentedCount);
    }

    // Robustness S3.
    [Theory]
    [InlineData(1UL << 20)]
    [InlineData(1UL << 40)]
    [InlineData(VarInt.MaxValue - 1)]
    public void One_byte_far_ahead_costs_one_block(ulong offset)
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Write(offset, [7]);
        Assert.Equal(1, _pool.RentedCount);
        Assert.Equal(1, buffer.Count);
        Assert.Equal(offset + 1, buffer.End);
        Assert.Equal(0, buffer.Readable);
    }

    // Robustness S1, S2: what is stored is bounded by the window, however small the pieces; the owner sees how many there are.
    [Fact]
    public void Single_bytes_at_even_offsets_take_no_more_blocks_than_their_window()
    {
        var buffer = new ReceiveBuffer(_pool);
        const int window = 256 * 1024;
        for (var offset = 2; offset < window; offset += 2)
            buffer.Write((ulong)offset, [1]);
        Assert.Equal((window / 2) - 1, buffer.Count);
        Assert.Equal(window / Block.Size, _pool.RentedCount);
    }

    // Robustness S4: of bytes received twice the first win, whatever the overlap, and reading never shows a mixture of the two.
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void The_first_byte_received_wins(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var size = random.Next(1, 30_000);
            var expected = new byte[size];
            var isKnown = new bool[size];
            var buffer = new ReceiveBuffer(_pool);
            var read = 0;
            while (read < size)
            {
                var ahead = random.Next(4) == 0 ? 1 : 12_000;
                var offset = random.Next(Math.Max(0, read - 100), Math.Min(size, read + ahead));
                var most = Math.Min(3_000, size - offset);
                var data = new byte[random.Next(3) == 0 ? most : random.Next(0, most + 1)];
                random.NextBytes(data);
                buffer.Write((ulong)offset, data);
                for (var i = 0; i < data.Length; i++)
                {
                    if (!isKnown[offset + i])
                        expected[offset + i] = data[i];
                    isKnown[offset + i] = true;
                }

                read += ReadSome(buffer, random, expected, read);
                Assert.Equal((ulong)read, buffer.Consumed);
            }

            Assert.Equal(0, _pool.RentedCount);
        }
    }

    [Fact]
    public void An_idle_buffer_holds_no_block_and_goes_on_in_the_middle_of_one()
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Write(0, new byte[100]);
        Assert.Equal(100, buffer.Read(new byte[200]));
        Assert.Equal(0, _pool.RentedCount);
        buffer.Write(100, [1, 2, 3]);
        Assert.Equal([1, 2, 3], buffer.Peek().ToArray());
        Assert.Equal(1, _pool.RentedCount);
    }

    // Robustness M4: the application may look at bytes while the peer resets the stream.
    [Fact]
    public void What_was_lent_keeps_its_bytes_when_the_buffer_is_discarded()
    {
        var buffer = new ReceiveBuffer(_pool);
        var sent = new byte[10_000];
        Array.Fill(sent, (byte)0x41);
        buffer.Write(0, sent);
        var lent = buffer.Peek();
        buffer.Discard();

        var other = new ReceiveBuffer(_pool);
        other.Write(0, new byte[50_000]);
        Assert.Equal(sent, lent.ToArray());
        buffer.Advance(5_000);
        Assert.Equal(0, _pool.FreeCount);
        Assert.Equal(0, buffer.Readable);
    }

    [Fact]
    public void Discarding_returns_the_blocks_and_stores_nothing_more()
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Write(0, new byte[10_000]);
        buffer.Discard();
        buffer.Write(20_000, new byte[10]);
        buffer.Write(10_000, new byte[10]);
        Assert.Equal(0, _pool.RentedCount);
        Assert.Equal(3, _pool.FreeCount);
        Assert.Equal(0, buffer.Readable);
        Assert.Equal(0, buffer.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Truncating_drops_the_tail_but_not_what_is_lent(bool isLent)
    {
        var buffer = new ReceiveBuffer(_pool);
        var sent = new byte[12_288];
        new Random(1).NextBytes(sent);
        buffer.Write(0, sent);
        buffer.Write(20_000, [1]);
        var lent = isLent ? buffer.Peek() : default;
        buffer.Truncate(5_000);
        Assert.Equal(5_000, buffer.Readable);
        Assert.Equal(0, buffer.Count);
        if (isLent)
        {
            Assert.Equal(sent, lent.ToArray());
            buffer.Advance(0);
        }

        Assert.Equal(2, _pool.RentedCount);
        Assert.Equal(sent.AsSpan(0, 5_000).ToArray(), buffer.Peek().ToArray());
        buffer.Advance(5_000);
        Assert.Equal(0, _pool.RentedCount);
    }

    [Fact]
    public void Truncating_below_what_was_read_keeps_what_was_read()
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Write(0, new byte[100]);
        buffer.Read(new byte[60]);
        buffer.Truncate(10);
        Assert.Equal(60UL, buffer.Consumed);
        Assert.Equal(60UL, buffer.ContiguousEnd);
    }

    [Fact]
    public void Advancing_beyond_what_can_be_read_is_refused()
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Write(0, new byte[10]);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
        Assert.Equal(10, buffer.Readable);
    }

    [Fact]
    public void Receiving_and_reading_allocate_nothing_in_steady_state()
    {
        var buffer = new ReceiveBuffer(_pool);
        var packet = new byte[1_200];
        ulong offset = 0;
        var allocated = 0L;
        for (var round = 0; round < 1_000; round++)
        {
            if (round == 100)
                allocated = GC.GetAllocatedBytesForCurrentThread();

            // Out of order by one packet.
            buffer.Write(offset + 1_200, packet);
            buffer.Write(offset, packet);
            offset += 2_400;
            buffer.Advance(buffer.Peek().Length);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    private static int ReadSome(ReceiveBuffer buffer, Random random, byte[] expected, int at)
    {
        var readable = buffer.Peek();
        Assert.Equal(buffer.Readable, readable.Length);
        var bytes = readable.ToArray();
        Assert.True(expected.AsSpan(at, bytes.Length).SequenceEqual(bytes));

        var count = random.Next(0, bytes.Length + 1);
        if (random.Next(2) == 0)
        {
            buffer.Advance(count);
            return count;
        }

        var copy = new byte[count];
        Assert.Equal(count, buffer.Read(copy));
        Assert.True(bytes.AsSpan(0, count).SequenceEqual(copy));
        return count;
    }
}
