using System.Security.Cryptography;
using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>
/// One direction's 1-RTT payload keys: the current one and the next, which is derived ahead of need so that the moment of an update does
/// not show in time (RFC 9001 §6.3). It owns both keys and the secret they grow from.
/// </summary>
internal sealed class KeyGenerations : IDisposable
{
    private readonly CipherSuite _suite;
    private readonly byte[] _nextSecret;

    public KeyGenerations(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        _suite = suite;
        _nextSecret = secret.ToArray();
        Current = PayloadKey.Derive(suite, secret);
        Next = DeriveNext();
    }

    public PayloadKey Current { get; private set; }

    public PayloadKey Next { get; private set; }

    /// <summary>Makes the next key current and returns the one it replaces, which is now the caller's to dispose.</summary>
    public PayloadKey Advance()
    {
        var replaced = Current;
        Current = Next;
        Next = DeriveNext();
        return replaced;
    }

    public void Dispose()
    {
        Current.Dispose();
        Next.Dispose();
        CryptographicOperations.ZeroMemory(_nextSecret);
    }

    private PayloadKey DeriveNext()
    {
        // RFC 9001 §6.1: secret_<n+1> = HKDF-Expand-Label(secret_<n>, "quic ku", "", Hash.length)
        Span<byte> secret = stackalloc byte[_nextSecret.Length];
        HkdfLabel.Expand(CipherSuites.Hash(_suite), _nextSecret, "quic ku"u8, default, secret);
        secret.CopyTo(_nextSecret);
        CryptographicOperations.ZeroMemory(secret);
        return PayloadKey.Derive(_suite, _nextSecret);
    }
}
