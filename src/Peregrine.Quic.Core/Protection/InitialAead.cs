using System.Buffers;
using System.Security.Cryptography;

namespace Peregrine.Quic.Core;

/// <summary>
/// AEAD_AES_128_GCM for Initial packets, whose key everybody knows: anyone can send one that does not open, so a wrong tag must cost no
/// exception, as <see cref="AesGcm.Decrypt(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte}, ReadOnlySpan{byte})"/>
/// would. Encrypting a ciphertext gives the plaintext, and encrypting that again gives the tag it ought to have.
/// </summary>
internal sealed class InitialAead(ReadOnlySpan<byte> key) : IPacketAead
{
    private const int MaxOnStack = 1536;

    private readonly AesGcm _aead = new(key, IPacketAead.TagLength);

    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> ciphertextAndTag)
    {
        if (ciphertextAndTag.Length < IPacketAead.TagLength)
            return false;

        var text = ciphertextAndTag[..^IPacketAead.TagLength];
        var rented = text.Length > MaxOnStack ? ArrayPool<byte>.Shared.Rent(text.Length) : null;
        Span<byte> again = rented is null ? stackalloc byte[MaxOnStack] : rented;
        Span<byte> tag = stackalloc byte[IPacketAead.TagLength];
        _aead.Encrypt(nonce, text, text, tag, associatedData);
        _aead.Encrypt(nonce, text, again[..text.Length], tag, associatedData);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return CryptographicOperations.FixedTimeEquals(tag, ciphertextAndTag[text.Length..]);
    }

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> plaintextAndRoomForTag)
    {
        var text = plaintextAndRoomForTag[..^IPacketAead.TagLength];
        _aead.Encrypt(nonce, text, text, plaintextAndRoomForTag[text.Length..], associatedData);
    }

    public void Dispose() => _aead.Dispose();
}
