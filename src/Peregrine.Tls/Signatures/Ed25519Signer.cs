using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Peregrine.Tls;

/// <summary>
/// Signs with an Ed25519 key made from a 32-byte seed. Its signatures depend on nothing but seed and content and always have 64 bytes, so
/// that a
/// simulation replays byte for byte.
/// </summary>
internal sealed class Ed25519Signer : ITlsSigner
{
    public const int SeedLength = 32;

    private readonly byte[] _seed;

    public Ed25519Signer(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedLength);
        _seed = seed.ToArray();
        PublicKey = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(_seed, PublicKey);
    }

    public byte[] PublicKey { get; }

    public bool CanSign(SignatureScheme scheme) => scheme == SignatureScheme.Ed25519;

    public byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> content)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed, content, signature);
        return signature;
    }
}
