using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>Which header protection a cipher suite names, and the best way this machine has to compute it.</summary>
internal static class HeaderProtection
{
    public static IHeaderProtection Create(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        if (suite == CipherSuite.ChaCha20Poly1305Sha256)
            return new ChaCha20HeaderProtection(key);
        return AesNiHeaderProtection.IsSupported ? new AesNiHeaderProtection(key) : new AesHeaderProtection(key);
    }
}
