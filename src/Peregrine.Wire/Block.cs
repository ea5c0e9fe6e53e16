using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Peregrine.Wire;

/// <summary>
/// A fixed piece of memory of a stream: the bytes from <see cref="Start"/>, which is a multiple of <see cref="Size"/>, to
/// <see cref="End"/>.
/// It is lent by a <see cref="BlockPool"/> to one buffer at a time. Linked blocks are the segments of a <see cref="ReadOnlySequence{T}"/>.
/// </summary>
internal sealed class Block : ReadOnlySequenceSegment<byte>
{
    /// <summary>Three full packets and a half: small enough for an idle stream, large enough that a link is rare in a read.</summary>
    public const int Size = 1 << SizeBits;

    public const int SizeBits = 12;

    private const byte PoisonByte = 0xDB;

    private readonly byte[] _bytes;

    public Block(byte[] bytes)
    {
        _bytes = bytes;
        Memory = new ReadOnlyMemory<byte>(bytes, 0, Size);
    }

    public byte[] Bytes => _bytes;

    /// <summary>
    /// The offset in the stream of the first byte. The running index of the segments is the offset, so lengths come out right.
    /// </summary>
    public ulong Start
    {
        get => (ulong)RunningIndex;
        set => RunningIndex = (long)value;
    }

    public ulong End => Start + Size;

    /// <summary>The block with the next higher offset, which need not be adjacent.</summary>
    public Block? Following
    {
        get => Unsafe.As<Block?>(Next);
        set => Next = value;
    }

    /// <summary>The offset of the first byte of the block that holds <paramref name="offset"/>.</summary>
    public static ulong StartOf(ulong offset) => offset & ~(ulong)(Size - 1);

    /// <summary>
    /// Makes every use of a returned block tell: of its bytes, of its place in a sequence (whose length lives in the segments, not in the
    /// bytes), and of positions in it, which now lie outside.
    /// </summary>
    [Conditional("DEBUG")]
    public static void Poison(Block block)
    {
        block._bytes.AsSpan(0, Size).Fill(PoisonByte);
        block.Memory = ReadOnlyMemory<byte>.Empty;
        // Of two blocks the later gets the lower index by far: a sequence over both has a negative length.
        block.RunningIndex = ~(block.RunningIndex << 8);
    }

    [Conditional("DEBUG")]
    public static void Restore(Block block) => block.Memory = new ReadOnlyMemory<byte>(block._bytes, 0, Size);
}
