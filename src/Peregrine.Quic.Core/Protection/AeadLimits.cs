using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>How often one AEAD key may be used (RFC 9001 §6.6).</summary>
/// <param name="Confidentiality">The most packets sealed with one key.</param>
/// <param name="Integrity">The most packets of the connection that may fail to open.</param>
internal readonly record struct AeadLimits(ulong Confidentiality, ulong Integrity)
{
    public static AeadLimits Of(CipherSuite suite) => suite == CipherSuite.ChaCha20Poly1305Sha256
        ? new AeadLimits(Confidentiality: 1UL << 62, Integrity: 1UL << 36)
        : new AeadLimits(Confidentiality: 1UL << 23, Integrity: 1UL << 52);
}
