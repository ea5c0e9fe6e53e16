namespace Peregrine.Tls;

/// <summary>What a certificate's public key is, as far as choosing and checking a signature scheme goes.</summary>
internal enum SignatureKeyKind
{
    /// <summary>A key no scheme of ours fits.</summary>
    Other,
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,

    /// <summary>An RSA key under the rsaEncryption OID.</summary>
    RsaEncryption,

    /// <summary>An RSA key under the RSASSA-PSS OID.</summary>
    RsaPss,
    Ed25519,
}
