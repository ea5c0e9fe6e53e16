namespace Peregrine.Quic.Core;

/// <summary>
/// One AEAD key as packets use it (RFC 9001 §5.3). Everything happens in place. An instance belongs to one direction of one connection and
/// is never used by two threads at once. An implementation on hardware instructions takes its seat here.
/// </summary>
internal interface IPacketAead : IDisposable
{
    const int TagLength = 16;

    const int NonceLength = 12;

    /// <summary>
    /// Replaces the ciphertext by the plaintext, leaving the tag behind it; false when the tag is wrong, and then the bytes before the tag
    /// are lost. Never throws for what the span holds.
    /// </summary>
    bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> ciphertextAndTag);

    /// <summary>Replaces the plaintext by the ciphertext, and the last <see cref="TagLength"/> bytes by the tag.</summary>
    void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, Span<byte> plaintextAndRoomForTag);
}
