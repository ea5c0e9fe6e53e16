using System.Security.Cryptography;
using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>All that protects the packets of one direction at one encryption level. It owns its two keys.</summary>
internal sealed class DirectionKeys(PayloadKey payload, IHeaderProtection header) : IDisposable
{
    public PayloadKey Payload { get; } = payload;

    public IHeaderProtection Header { get; } = header;

    /// <summary>RFC 9001 §5.1: everything follows from the traffic secret, which the caller may wipe afterwards.</summary>
    public static DirectionKeys Derive(CipherSuite suite, ReadOnlySpan<byte> secret) =>
        new(PayloadKey.Derive(suite, secret), DeriveHeaderProtection(suite, secret));

    public static IHeaderProtection DeriveHeaderProtection(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        Span<byte> key = stackalloc byte[CipherSuites.KeyLength(suite)];
        HkdfLabel.Expand(CipherSuites.Hash(suite), secret, "quic hp"u8, default, key);
        var protection = HeaderProtection.Create(suite, key);
        CryptographicOperations.ZeroMemory(key);
        return protection;
    }

    public void Dispose()
    {
        Payload.Dispose();
        Header.Dispose();
    }
}
