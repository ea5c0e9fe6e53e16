using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc7748;
using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>X25519 (RFC 7748), as RFC 8446 §4.2.8.2 and §7.4.2 use it.</summary>
internal sealed class X25519KeyExchange : KeyExchange
{
    public const int ShareLength = 32;
    public const int SecretLength = 32;

    private readonly byte[] _privateKey = new byte[X25519.ScalarSize];
    private readonly byte[] _share = new byte[ShareLength];

    public X25519KeyExchange(IRandomSource random)
        : base(NamedGroup.X25519)
    {
        random.Fill(_privateKey);
        X25519.ClampPrivateKey(_privateKey);
        X25519.GeneratePublicKey(_privateKey, _share);
    }

    public override ReadOnlySpan<byte> Share => _share;

    public override bool TryComplete(ReadOnlySpan<byte> serverShare, out byte[] sharedSecret)
    {
        sharedSecret = new byte[SecretLength];
        return TryAgree(serverShare, sharedSecret);
    }

    /// <summary>As <see cref="TryComplete"/>, into the caller's memory.</summary>
    public bool TryAgree(ReadOnlySpan<byte> peerShare, Span<byte> sharedSecret) =>
        // False for the all-zero secret, which RFC 8446 §7.4.2 makes us refuse.
        peerShare.Length == ShareLength && X25519.CalculateAgreement(_privateKey, peerShare, sharedSecret);

    public static bool TryAnswer(ReadOnlySpan<byte> clientShare, IRandomSource random, out KeyExchangeAnswer answer)
    {
        using var own = new X25519KeyExchange(random);
        var agreed = own.TryComplete(clientShare, out var secret);
        answer = new KeyExchangeAnswer(own._share, secret);
        return agreed;
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);
}
