using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>What kind of key a scheme needs and which hash it uses.</summary>
internal static class SignatureSchemes
{
    /// <summary>
    /// What a client offers, best first. The last three let servers send chains that certificate authorities signed with PKCS #1.
    /// </summary>
    public static IReadOnlyList<SignatureScheme> Default { get; } =
    [
        SignatureScheme.EcdsaSecp256r1Sha256,
        SignatureScheme.EcdsaSecp384r1Sha384,
        SignatureScheme.EcdsaSecp521r1Sha512,
        SignatureScheme.Ed25519,
        SignatureScheme.RsaPssRsaeSha256,
        SignatureScheme.RsaPssRsaeSha384,
        SignatureScheme.RsaPssRsaeSha512,
        SignatureScheme.RsaPssPssSha256,
        SignatureScheme.RsaPssPssSha384,
        SignatureScheme.RsaPssPssSha512,
        SignatureScheme.RsaPkcs1Sha256,
        SignatureScheme.RsaPkcs1Sha384,
        SignatureScheme.RsaPkcs1Sha512,
    ];

    /// <summary>The schemes that may sign a handshake, in the order in which a server tries them against its key.</summary>
    public static ReadOnlySpan<SignatureScheme> ForHandshakes =>
    [
        SignatureScheme.EcdsaSecp256r1Sha256,
        SignatureScheme.EcdsaSecp384r1Sha384,
        SignatureScheme.EcdsaSecp521r1Sha512,
        SignatureScheme.Ed25519,
        SignatureScheme.RsaPssRsaeSha256,
        SignatureScheme.RsaPssRsaeSha384,
        SignatureScheme.RsaPssRsaeSha512,
        SignatureScheme.RsaPssPssSha256,
        SignatureScheme.RsaPssPssSha384,
        SignatureScheme.RsaPssPssSha512,
    ];

    public static SignatureKeyKind KeyKind(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.EcdsaSecp256r1Sha256 => SignatureKeyKind.EcdsaP256,
        SignatureScheme.EcdsaSecp384r1Sha384 => SignatureKeyKind.EcdsaP384,
        SignatureScheme.EcdsaSecp521r1Sha512 => SignatureKeyKind.EcdsaP521,
        SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssRsaeSha512 =>
            SignatureKeyKind.RsaEncryption,
        SignatureScheme.RsaPssPssSha256 or SignatureScheme.RsaPssPssSha384 or SignatureScheme.RsaPssPssSha512 => SignatureKeyKind.RsaPss,
        SignatureScheme.Ed25519 => SignatureKeyKind.Ed25519,
        _ => SignatureKeyKind.Other,
    };

    public static HashAlgorithmName Hash(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.RsaPssRsaeSha256 or SignatureScheme.RsaPssPssSha256 =>
            HashAlgorithmName.SHA256,
        SignatureScheme.EcdsaSecp384r1Sha384 or SignatureScheme.RsaPssRsaeSha384 or SignatureScheme.RsaPssPssSha384 =>
            HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    /// <summary>The bytes of the scheme's hash.</summary>
    public static int HashLength(SignatureScheme scheme)
    {
        var hash = Hash(scheme);
        return hash == HashAlgorithmName.SHA256 ? 32 : hash == HashAlgorithmName.SHA384 ? 48 : 64;
    }
}
