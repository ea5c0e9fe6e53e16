namespace Peregrine.Tls;

/// <summary>
/// A set of 16-bit numbers in borrowed memory of <see cref="Words"/> words. Finding a duplicate takes the same time however many a peer
/// sends.
/// </summary>
internal readonly ref struct CodePointSet(Span<ulong> cleared)
{
    public const int Words = 65536 / 64;

    private readonly Span<ulong> _bits = cleared;

    /// <summary>Adds a number; false when it was there already.</summary>
    public bool Add(ushort value)
    {
        ref var word = ref _bits[value >> 6];
        var bit = 1UL << (value & 63);
        if ((word & bit) != 0)
            return false;
        word |= bit;
        return true;
    }

    public bool Contains(ushort value) => (_bits[value >> 6] & (1UL << (value & 63))) != 0;
}
