using Org.BouncyCastle.Crypto.Prng;
using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>Lets BouncyCastle draw from our <see cref="IRandomSource"/>, so that a seeded simulation makes the same keys again.</summary>
internal sealed class RandomSourceGenerator(IRandomSource source) : IRandomGenerator
{
    public void NextBytes(byte[] bytes) => source.Fill(bytes);

    public void NextBytes(byte[] bytes, int start, int len) => source.Fill(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes) => source.Fill(bytes);

    // The source decides alone; nothing is mixed in.
    public void AddSeedMaterial(byte[] seed)
    {
    }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed)
    {
    }

    public void AddSeedMaterial(long seed)
    {
    }
}
