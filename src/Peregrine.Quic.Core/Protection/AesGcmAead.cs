using System.Security.Cryptography;

namespace Peregrine.Quic.Core;

/// <summary>AEAD_AES_128_GCM and AEAD_AES_256_GCM by the BCL; it owns the native key.</summary>
internal sealed class AesGcmAead(ReadOnlySpan<byte> key) : IPacketAead
{
    private readonly AesGcm _aead = new(key, IPacketAead.TagLength);

    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> ciphertextAndTag)
    {
        if (ciphertextAndTag.Length < IPacketAead.TagLength)
            return false;

        var text = ciphertextAndTag[..^IPacketAead.TagLength];
        try
        {
            _aead.Decrypt(nonce, text, ciphertextAndTag[text.Length..], text, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> plaintextAndRoomForTag)
    {
        var text = plaintextAndRoomForTag[..^IPacketAead.TagLength];
        _aead.Encrypt(nonce, text, text, plaintextAndRoomForTag[text.Length..], associatedData);
    }

    public void Dispose() => _aead.Dispose();
}
