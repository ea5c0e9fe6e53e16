namespace Peregrine.Quic.Core;

/// <summary>
/// One header protection key (RFC 9001 §5.4). An instance belongs to one direction of one connection and is never used by two threads at
/// once.
/// </summary>
internal interface IHeaderProtection : IDisposable
{
    const int SampleLength = 16;

    const int MaskLength = 5;

    /// <summary>Turns 16 bytes of ciphertext into the 5 bytes that hide the first byte's low bits and the packet number.</summary>
    void Mask(ReadOnlySpan<byte> sample, Span<byte> mask);
}
