using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>Which AEAD a cipher suite names.</summary>
internal static class PacketAead
{
    public static IPacketAead Create(CipherSuite suite, ReadOnlySpan<byte> key) =>
        suite == CipherSuite.ChaCha20Poly1305Sha256 ? new ChaCha20Poly1305Aead(key) : new AesGcmAead(key);
}
