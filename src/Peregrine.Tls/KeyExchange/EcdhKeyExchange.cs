using System.Diagnostics;
using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>
/// ECDH on P-256 or P-384 with uncompressed points (RFC 8446 §4.2.8.2). The key pair comes from the platform, which takes no randomness
/// from us:
/// a simulation that must replay byte for byte does not offer these groups.
/// </summary>
internal sealed class EcdhKeyExchange : KeyExchange
{
    private const byte UncompressedPoint = 4;

    private readonly ECDiffieHellman _key;
    private readonly byte[] _share;

    public EcdhKeyExchange(NamedGroup group)
        : base(group)
    {
        _key = ECDiffieHellman.Create(Curve(group));
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        _share = [UncompressedPoint, .. point.X!, .. point.Y!];
    }

    public override ReadOnlySpan<byte> Share => _share;

    public override bool TryComplete(ReadOnlySpan<byte> serverShare, out byte[] sharedSecret)
    {
        sharedSecret = [];
        if (serverShare.Length != _share.Length || serverShare[0] != UncompressedPoint)
            return false;

        var coordinate = (serverShare.Length - 1) / 2;
        var parameters = new ECParameters
        {
            Curve = Curve(Group),
            Q = new ECPoint { X = serverShare.Slice(1, coordinate).ToArray(), Y = serverShare[(1 + coordinate)..].ToArray() },
        };
        try
        {
            using var peer = ECDiffieHellman.Create(parameters); // refuses points that are not on the curve
            using var peerKey = peer.PublicKey;
            sharedSecret = _key.DeriveRawSecretAgreement(peerKey);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public static bool TryAnswer(NamedGroup group, ReadOnlySpan<byte> clientShare, out KeyExchangeAnswer answer)
    {
        using var own = new EcdhKeyExchange(group);
        var agreed = own.TryComplete(clientShare, out var secret);
        answer = new KeyExchangeAnswer(own._share, secret);
        return agreed;
    }

    public override void Dispose() => _key.Dispose();

    private static ECCurve Curve(NamedGroup group)
    {
        Debug.Assert(group is NamedGroup.Secp256r1 or NamedGroup.Secp384r1);
        return group == NamedGroup.Secp384r1 ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256;
    }
}
