using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>The same bytes for the same seed.</summary>
internal sealed class PseudoRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
