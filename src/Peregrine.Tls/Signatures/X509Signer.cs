using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.Tls;

/// <summary>Signs with the ECDSA or RSA private key of a certificate, which it borrows: its owner must outlive the signer.</summary>
internal sealed class X509Signer(X509Certificate2 certificate) : ITlsSigner
{
    // What PSS adds to hash and salt, which are of one length in TLS (RFC 8017 §9.1.1, RFC 8446 §4.2.3).
    private const int PssOverhead = 2;

    private readonly SignatureKeyKind _kind = CertificateKey.Of(certificate).Kind;
    private readonly int _rsaBits = CertificateKey.Of(certificate).RsaBits ?? 0;

    public bool CanSign(SignatureScheme scheme) =>
        _kind is not (SignatureKeyKind.Other or SignatureKeyKind.Ed25519) && SignatureSchemes.KeyKind(scheme) == _kind && HasRoom(scheme);

    // The key object is taken anew for each signature: the platform's are not promised to be safe for concurrent use.
    public byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> content)
    {
        if (_kind is SignatureKeyKind.RsaEncryption or SignatureKeyKind.RsaPss)
        {
            using var rsa = certificate.GetRSAPrivateKey() ?? throw NoPrivateKey();
            return rsa.SignData(content, SignatureSchemes.Hash(scheme), RSASignaturePadding.Pss);
        }

        using var ecdsa = certificate.GetECDsaPrivateKey() ?? throw NoPrivateKey();
        return ecdsa.SignData(content, SignatureSchemes.Hash(scheme), DSASignatureFormat.Rfc3279DerSequence);
    }

    // The largest hash does not fit into the smallest keys: another scheme may.
    private bool HasRoom(SignatureScheme scheme) =>
        _kind is not (SignatureKeyKind.RsaEncryption or SignatureKeyKind.RsaPss)
        || (_rsaBits - 1 + 7) / 8 >= (2 * SignatureSchemes.HashLength(scheme)) + PssOverhead;

    private static CryptographicException NoPrivateKey() => new("The server's certificate came without its private key.");
}
