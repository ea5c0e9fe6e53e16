using System.Buffers.Binary;
using System.Security.Cryptography;
using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>
/// The AEAD key and IV of one direction in one key phase (RFC 9001 §5.1, §5.3). It owns both. The nonce is the IV xor the packet number.
/// </summary>
internal sealed class PayloadKey : IDisposable
{
    private readonly IPacketAead _aead;
    private readonly byte[] _iv = new byte[IPacketAead.NonceLength];

    public PayloadKey(IPacketAead aead, ReadOnlySpan<byte> iv)
    {
        _aead = aead;
        iv.CopyTo(_iv);
    }

    public static PayloadKey Derive(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        var hash = CipherSuites.Hash(suite);
        Span<byte> key = stackalloc byte[CipherSuites.KeyLength(suite)];
        Span<byte> iv = stackalloc byte[IPacketAead.NonceLength];
        HkdfLabel.Expand(hash, secret, "quic key"u8, default, key);
        HkdfLabel.Expand(hash, secret, "quic iv"u8, default, iv);
        var derived = new PayloadKey(PacketAead.Create(suite, key), iv);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(iv);
        return derived;
    }

    public bool TryOpen(ulong packetNumber, ReadOnlySpan<byte> header, Span<byte> payloadAndTag)
    {
        Span<byte> nonce = stackalloc byte[IPacketAead.NonceLength];
        WriteNonce(nonce, packetNumber);
        return _aead.TryOpen(nonce, header, payloadAndTag);
    }

    public void Seal(ulong packetNumber, ReadOnlySpan<byte> header, Span<byte> payloadAndRoomForTag)
    {
        Span<byte> nonce = stackalloc byte[IPacketAead.NonceLength];
        WriteNonce(nonce, packetNumber);
        _aead.Seal(nonce, header, payloadAndRoomForTag);
    }

    public void Dispose()
    {
        _aead.Dispose();
        CryptographicOperations.ZeroMemory(_iv);
    }

    private void WriteNonce(Span<byte> nonce, ulong packetNumber)
    {
        _iv.CopyTo(nonce);
        var low = nonce[^sizeof(ulong)..];
        BinaryPrimitives.WriteUInt64BigEndian(low, BinaryPrimitives.ReadUInt64BigEndian(low) ^ packetNumber);
    }
}
