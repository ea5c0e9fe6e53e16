using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// The hybrid of draft-ietf-tls-ecdhe-mlkem: ML-KEM-768 (FIPS 203) first and X25519 second, in both shares and in the secret.
/// </summary>
internal sealed class X25519MLKem768KeyExchange : KeyExchange
{
    public const int EncapsulationKeyLength = 1184;
    public const int CiphertextLength = 1088;
    public const int ClientShareLength = EncapsulationKeyLength + X25519KeyExchange.ShareLength;
    public const int ServerShareLength = CiphertextLength + X25519KeyExchange.ShareLength;

    private const int KemSecretLength = 32;
    private const int SeedLength = 64;

    private readonly MLKemPrivateKeyParameters _decapsulationKey;
    private readonly X25519KeyExchange _x25519;
    private readonly byte[] _share = new byte[ClientShareLength];

    public X25519MLKem768KeyExchange(IRandomSource random)
        : base(NamedGroup.X25519MLKem768)
    {
        var seed = new byte[SeedLength];
        random.Fill(seed);
        _decapsulationKey = MLKemPrivateKeyParameters.FromSeed(MLKemParameters.ml_kem_768, seed);
        CryptographicOperations.ZeroMemory(seed);
        _x25519 = new X25519KeyExchange(random);
        _decapsulationKey.GetPublicKeyEncoded().CopyTo(_share, 0);
        _x25519.Share.CopyTo(_share.AsSpan(EncapsulationKeyLength));
    }

    public override ReadOnlySpan<byte> Share => _share;

    public override bool TryComplete(ReadOnlySpan<byte> serverShare, out byte[] sharedSecret)
    {
        sharedSecret = new byte[KemSecretLength + X25519KeyExchange.SecretLength];
        if (serverShare.Length != ServerShareLength
            || !_x25519.TryAgree(serverShare[CiphertextLength..], sharedSecret.AsSpan(KemSecretLength)))
        {
            return false;
        }

        // Every ciphertext of the right length decapsulates (implicit rejection): a wrong one shows in the Finished.
        var decapsulator = new MLKemDecapsulator(MLKemParameters.ml_kem_768);
        decapsulator.Init(_decapsulationKey);
        decapsulator.Decapsulate(serverShare[..CiphertextLength], sharedSecret.AsSpan(0, KemSecretLength));
        return true;
    }

    public static bool TryAnswer(ReadOnlySpan<byte> clientShare, IRandomSource random, out KeyExchangeAnswer answer)
    {
        answer = default;
        if (clientShare.Length != ClientShareLength || !TryReadEncapsulationKey(clientShare[..EncapsulationKeyLength], out var key))
            return false;

        var secret = new byte[KemSecretLength + X25519KeyExchange.SecretLength];
        using var x25519 = new X25519KeyExchange(random);
        if (!x25519.TryAgree(clientShare[EncapsulationKeyLength..], secret.AsSpan(KemSecretLength)))
            return false;

        var share = new byte[ServerShareLength];
        var encapsulator = new MLKemEncapsulator(MLKemParameters.ml_kem_768);
        encapsulator.Init(new ParametersWithRandom(key, new SecureRandom(new RandomSourceGenerator(random))));
        encapsulator.Encapsulate(share.AsSpan(0, CiphertextLength), secret.AsSpan(0, KemSecretLength));
        x25519.Share.CopyTo(share.AsSpan(CiphertextLength));
        answer = new KeyExchangeAnswer(share, secret);
        return true;
    }

    public override void Dispose() => _x25519.Dispose();

    // The modulus check of FIPS 203 §7.2, which the draft makes mandatory: every 12-bit coefficient is below q. The library throws
    // instead of
    // answering, and a throw per hostile ClientHello costs too much.
    private static bool TryReadEncapsulationKey(ReadOnlySpan<byte> encoded, out MLKemPublicKeyParameters key)
    {
        const int Q = 3329;
        const int CoefficientBytes = 3 * 384;
        key = null!;
        for (var i = 0; i < CoefficientBytes; i += 3)
        {
            var first = encoded[i] | ((encoded[i + 1] & 0x0f) << 8);
            var second = (encoded[i + 1] >> 4) | (encoded[i + 2] << 4);
            if (first >= Q || second >= Q)
                return false;
        }

        key = MLKemPublicKeyParameters.FromEncoding(MLKemParameters.ml_kem_768, encoded.ToArray());
        return true;
    }
}
