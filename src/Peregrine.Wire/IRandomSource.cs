namespace Peregrine.Wire;

/// <summary>Where the core's unpredictable bytes come from: the system's generator in production, a seeded one in the simulator.</summary>
internal interface IRandomSource
{
    void Fill(Span<byte> destination);
}
