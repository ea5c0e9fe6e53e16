using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What a connection keeps for one packet number space (RFC 9000 §12.3): its keys until they are discarded, what it has received, and the
/// CRYPTO stream of its level. The 1-RTT space holds its keys in <see cref="OneRttKeys"/> instead.
/// </summary>
internal sealed class PacketSpaceState(PacketNumberSpace space, BlockPool pool)
{
    /// <summary>Bytes of CRYPTO data past what TLS has consumed; more is CRYPTO_BUFFER_EXCEEDED (robustness H5).</summary>
    public const int CryptoBufferLimit = 64 * 1024;

    public PacketNumberSpace Space { get; } = space;

    public DirectionKeys? ReadKeys { get; set; }

    public DirectionKeys? WriteKeys { get; set; }

    public AckTracker Acks { get; } = new(space);

    public SendBuffer CryptoOut { get; } = new(pool);

    public ReceiveBuffer CryptoIn { get; } = new(pool);

    public bool IsDiscarded { get; private set; }

    public void Discard()
    {
        IsDiscarded = true;
        ReadKeys?.Dispose();
        WriteKeys?.Dispose();
        ReadKeys = null;
        WriteKeys = null;
        CryptoOut.Clear();
        CryptoIn.Discard();
    }
}
