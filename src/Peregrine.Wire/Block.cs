using System.Buffers;
using System.Runtime.CompilerServices;

namespace Peregrine.Wire;

/// <summary>
/// A fixed piece of memory of a stream: the bytes from <see cref="Start"/>, which is a multiple of <see cref="Size"/>, to <see cref="End"/>.
/// It is lent by a <see cref="BlockPool"/> to one buffer at a time. Linked blocks are the segments of a <see cref="ReadOnlySequence{T}"/>.
/// </summary>
internal sealed class Block : ReadOnlySequenceSegment<byte>
{
    /// <summary>Three full packets and a half: small enough for an idle stream, large enough that a link is rare in a read.</summary>
    public const int Size = 1 << SizeBits;

    public const int SizeBits = 12;

    private readonly byte[] _bytes;

    public Block(byte[] bytes)
    {
        _bytes = bytes;
        Memory = new ReadOnlyMemory<byte>(bytes, 0, Size);
    }

    public byte[] Bytes => _bytes;

    /// <summary>The offset in the stream of the first byte. The running index of the segments is the offset, so lengths come out right.</summary>
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
}
