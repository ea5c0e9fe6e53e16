using System.Buffers;

namespace Peregrine.Wire.Tests;

public sealed class BlockPoolTests
{
    [Fact]
    public void Free_blocks_are_kept_up_to_the_bound()
    {
        var pool = new BlockPool(maxFree: 3);
        var blocks = Enumerable.Range(0, 5).Select(i => pool.Rent((ulong)i * Block.Size)).ToList();
        Assert.Equal(5, pool.RentedCount);
        blocks.ForEach(pool.Return);
        Assert.Equal((0, 3), (pool.RentedCount, pool.FreeCount));
    }

    [Fact]
    public void A_returned_block_is_used_again_at_another_place()
    {
        var pool = new BlockPool();
        var block = pool.Rent(0);
        pool.Return(block);
        var again = pool.Rent(8 * Block.Size);
        Assert.Same(block, again);
        Assert.Equal((8UL * Block.Size, 9UL * Block.Size), (again.Start, again.End));
        Assert.Null(again.Following);
    }

    [Fact]
    public void Trimming_leaves_no_free_block_and_the_rented_ones_alone()
    {
        var pool = new BlockPool();
        var rented = pool.Rent(0);
        pool.Return(pool.Rent(0));
        pool.Trim();
        Assert.Equal((1, 0), (pool.RentedCount, pool.FreeCount));
        pool.Return(rented);
        Assert.Equal(1, pool.FreeCount);
    }

#if DEBUG
    [Fact]
    public void A_returned_block_is_poisoned()
    {
        var pool = new BlockPool();
        var block = pool.Rent(0);
        block.Bytes.AsSpan().Fill(1);
        pool.Return(block);
        Assert.Equal(-1, block.Bytes.AsSpan(0, Block.Size).IndexOfAnyExcept((byte)0xDB));
    }

    // A length lies in the segments, not in their bytes, so bytes alone do not tell of a sequence that is used too late.
    [Fact]
    [Trait("Review", "D14")]
    public void A_sequence_over_returned_blocks_has_no_plausible_length_and_no_bytes()
    {
        var pool = new BlockPool();
        var buffer = new ReceiveBuffer(pool);
        buffer.Write(0, new byte[Block.Size + 100]);
        var lent = buffer.Peek();
        buffer.Advance(Block.Size + 100);
        Assert.True(lent.Length < 0);
        Assert.ThrowsAny<Exception>(() => lent.ToArray());
    }

    [Fact]
    public void A_block_rented_again_is_whole()
    {
        var pool = new BlockPool();
        pool.Return(pool.Rent(0));
        var block = pool.Rent(Block.Size);
        Assert.Equal((Block.Size, (ulong)Block.Size), (block.Memory.Length, block.Start));
    }
#endif
}
