using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>What follows from a cipher suite: its hash and the lengths of its secrets and keys.</summary>
internal static class CipherSuites
{
    /// <summary>The longest hash of any suite, for stack buffers.</summary>
    public const int MaxHashLength = 48;

    public static HashAlgorithmName Hash(CipherSuite suite) =>
        suite == CipherSuite.Aes256GcmSha384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    /// <summary>The bytes of a traffic secret of this suite.</summary>
    public static int HashLength(CipherSuite suite) => suite == CipherSuite.Aes256GcmSha384 ? 48 : 32;

    /// <summary>The bytes of the suite's AEAD key, and of its header protection key (RFC 9001 §5.4).</summary>
    public static int KeyLength(CipherSuite suite) => suite == CipherSuite.Aes128GcmSha256 ? 16 : 32;

    public static bool IsSupported(ushort value) =>
        value is >= (ushort)CipherSuite.Aes128GcmSha256 and <= (ushort)CipherSuite.ChaCha20Poly1305Sha256;
}
