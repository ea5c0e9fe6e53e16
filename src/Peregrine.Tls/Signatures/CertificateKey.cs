using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Peregrine.Tls;

/// <summary>
/// The public key of a certificate, and the check of a handshake signature under it. It owns copies of the key's bytes only.
/// </summary>
internal sealed class CertificateKey
{
    /// <summary>Larger RSA keys cost the verifier too much, smaller ones protect too little (robustness T7).</summary>
    public const int MinRsaBits = 2048;

    /// <inheritdoc cref="MinRsaBits"/>
    public const int MaxRsaBits = 8192;

    private readonly byte[] _key;

    private CertificateKey(SignatureKeyKind kind, byte[] key)
    {
        Kind = kind;
        _key = key;
    }

    public SignatureKeyKind Kind { get; }

    /// <summary>Reads the key from a certificate; false when its bytes are no certificate.</summary>
    public static bool TryRead(ReadOnlySpan<byte> certificate, out CertificateKey key)
    {
        key = null!;
        try
        {
            using var parsed = PeerCertificate.Load(certificate);
            key = Of(parsed);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public static CertificateKey Of(X509Certificate2 certificate) =>
        new(KindOf(certificate.PublicKey), certificate.PublicKey.EncodedKeyValue.RawData);

    /// <summary>The bits of an RSA modulus; null for other keys and for RSA keys that do not parse.</summary>
    public int? RsaBits
    {
        get
        {
            if (Kind is not (SignatureKeyKind.RsaEncryption or SignatureKeyKind.RsaPss))
                return null;
            try
            {
                using var rsa = RSA.Create();
                rsa.ImportRSAPublicKey(_key, out _);
                return rsa.KeySize;
            }
            catch (CryptographicException)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Checks a signature; false when it is wrong, or when the key does not parse or has a size we refuse. The scheme must fit <see
    /// cref="Kind"/>.
    /// </summary>
    public bool Verify(SignatureScheme scheme, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        try
        {
            return Kind switch
            {
                SignatureKeyKind.EcdsaP256 => VerifyEcdsa(ECCurve.NamedCurves.nistP256, scheme, content, signature),
                SignatureKeyKind.EcdsaP384 => VerifyEcdsa(ECCurve.NamedCurves.nistP384, scheme, content, signature),
                SignatureKeyKind.EcdsaP521 => VerifyEcdsa(ECCurve.NamedCurves.nistP521, scheme, content, signature),
                SignatureKeyKind.RsaEncryption or SignatureKeyKind.RsaPss => VerifyRsaPss(scheme, content, signature),
                SignatureKeyKind.Ed25519 => _key.Length == Ed25519.PublicKeySize && signature.Length == Ed25519.SignatureSize
                    && Ed25519.Verify(signature, _key, content),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static SignatureKeyKind KindOf(PublicKey key) => key.Oid.Value switch
    {
        "1.2.840.10045.2.1" => EcKindOf(key.EncodedParameters?.RawData),
        "1.2.840.113549.1.1.1" => SignatureKeyKind.RsaEncryption,
        "1.2.840.113549.1.1.10" => SignatureKeyKind.RsaPss,
        "1.3.101.112" => SignatureKeyKind.Ed25519,
        _ => SignatureKeyKind.Other,
    };

    // The parameters of an EC key are a DER object identifier: 1.2.840.10045.3.1.7, 1.3.132.0.34, 1.3.132.0.35.
    private static SignatureKeyKind EcKindOf(ReadOnlySpan<byte> parameters)
    {
        if (parameters.SequenceEqual<byte>([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]))
            return SignatureKeyKind.EcdsaP256;
        if (parameters.SequenceEqual<byte>([0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22]))
            return SignatureKeyKind.EcdsaP384;
        return parameters.SequenceEqual<byte>([0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23])
            ? SignatureKeyKind.EcdsaP521
            : SignatureKeyKind.Other;
    }

    private bool VerifyEcdsa(ECCurve curve, SignatureScheme scheme, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        if (_key.Length < 3 || (_key.Length & 1) == 0 || _key[0] != 4)
            return false;
        var coordinate = _key.Length / 2;
        var point = new ECPoint { X = _key[1..(1 + coordinate)], Y = _key[(1 + coordinate)..] };
        using var ecdsa = ECDsa.Create(new ECParameters { Curve = curve, Q = point });
        return ecdsa.VerifyData(content, signature, SignatureSchemes.Hash(scheme), DSASignatureFormat.Rfc3279DerSequence);
    }

    private bool VerifyRsaPss(SignatureScheme scheme, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        using var rsa = RSA.Create();
        rsa.ImportRSAPublicKey(_key, out _);
        return rsa.KeySize is >= MinRsaBits and <= MaxRsaBits
            && rsa.VerifyData(content, signature, SignatureSchemes.Hash(scheme), RSASignaturePadding.Pss);
    }
}
