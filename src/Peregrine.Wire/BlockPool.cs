using System.Buffers;
using System.Diagnostics;

namespace Peregrine.Wire;

/// <summary>
/// The blocks of one connection. Not synchronised: it is used under the connection's lock. It keeps a bounded number of free blocks; the
/// bytes
/// of the rest go back to a pool that all connections share. A block whose bytes are still lent to the application is never returned but
/// left to the
/// garbage collector.
/// </summary>
internal sealed class BlockPool(int maxFree = BlockPool.DefaultMaxFree)
{
    /// <summary>256 KiB: what one stream's initial window takes.</summary>
    public const int DefaultMaxFree = 64;

    /// <summary>
    /// 32 MiB over all connections: two that fill their largest windows. The shared pool keeps far fewer, and the rest would be garbage.
    /// </summary>
    private const int MaxFreeArrays = 8192;

    private static readonly ArrayPool<byte> Arrays = ArrayPool<byte>.Create(Block.Size, MaxFreeArrays);

    private Block? _free;

    /// <summary>Blocks that wait for use.</summary>
    public int FreeCount { get; private set; }

    /// <summary>Blocks that buffers hold.</summary>
    public int RentedCount { get; private set; }

    public Block Rent(ulong start)
    {
        Debug.Assert(start == Block.StartOf(start));
        var block = _free;
        if (block is null)
        {
            block = new Block(Arrays.Rent(Block.Size));
        }
        else
        {
            _free = block.Following;
            FreeCount--;
        }

        Block.Restore(block);
        block.Following = null;
        block.Start = start;
        RentedCount++;
        return block;
    }

    public void Return(Block block)
    {
        RentedCount--;
        Block.Poison(block);
        if (FreeCount >= maxFree)
        {
            block.Following = null;
            Arrays.Return(block.Bytes);
            return;
        }

        block.Following = _free;
        _free = block;
        FreeCount++;
    }

    /// <summary>Notes that a rented block will not come back, because the application may still look at its bytes.</summary>
    public void Abandon()
    {
        Debug.Assert(RentedCount > 0);
        RentedCount--;
    }

    /// <summary>Gives every free block back, for an idle connection.</summary>
    public void Trim()
    {
        for (var block = _free; block is not null; block = block.Following)
            Arrays.Return(block.Bytes);
        _free = null;
        FreeCount = 0;
    }
}
