namespace Peregrine.Tls;

/// <summary>
/// The private key of a certificate. One signer serves many handshakes, perhaps on several threads at once. <see cref="Sign"/> may throw
/// <see cref="System.Security.Cryptography.CryptographicException"/> when the key cannot be used; the handshake then fails with
/// internal_error.
/// </summary>
internal interface ITlsSigner
{
    bool CanSign(SignatureScheme scheme);

    byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> content);
}
