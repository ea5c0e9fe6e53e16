using System.Security.Cryptography;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>The system's random generator, for any thread.</summary>
internal sealed class SystemRandom : IRandomSource
{
    public static readonly SystemRandom Instance = new();

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
