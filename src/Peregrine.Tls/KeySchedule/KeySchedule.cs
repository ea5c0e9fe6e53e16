using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>The steps of the key schedule of RFC 8446 §7.1. It keeps nothing: the secrets belong to the types that call it.</summary>
internal static class KeySchedule
{
    /// <summary>Derive-Secret with the transcript hash already taken.</summary>
    public static void DeriveSecret(
        CipherSuite suite, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> transcriptHash, Span<byte> output) =>
        HkdfLabel.Expand(CipherSuites.Hash(suite), secret, label, transcriptHash, output);

    /// <summary>The Handshake Secret: from a zero PSK, through the Early Secret, with the (EC)DHE secret mixed in.</summary>
    public static void HandshakeSecret(CipherSuite suite, ReadOnlySpan<byte> sharedSecret, Span<byte> output)
    {
        Span<byte> zeros = stackalloc byte[CipherSuites.HashLength(suite)];
        zeros.Clear();
        Span<byte> early = stackalloc byte[zeros.Length];
        HKDF.Extract(CipherSuites.Hash(suite), zeros, zeros, early);
        ExtractNext(suite, early, sharedSecret, output);
    }

    /// <summary>The Master Secret, which follows the Handshake Secret with nothing new mixed in.</summary>
    public static void MasterSecret(CipherSuite suite, ReadOnlySpan<byte> handshakeSecret, Span<byte> output)
    {
        Span<byte> zeros = stackalloc byte[CipherSuites.HashLength(suite)];
        zeros.Clear();
        ExtractNext(suite, handshakeSecret, zeros, output);
    }

    /// <summary>The verify_data of a Finished message (RFC 8446 §4.4.4) under the sender's handshake traffic secret.</summary>
    public static void VerifyData(CipherSuite suite, ReadOnlySpan<byte> trafficSecret, ReadOnlySpan<byte> transcriptHash, Span<byte> output)
    {
        Span<byte> finishedKey = stackalloc byte[CipherSuites.HashLength(suite)];
        HkdfLabel.Expand(CipherSuites.Hash(suite), trafficSecret, "finished"u8, default, finishedKey);
        if (suite == CipherSuite.Aes256GcmSha384)
            HMACSHA384.HashData(finishedKey, transcriptHash, output);
        else
            HMACSHA256.HashData(finishedKey, transcriptHash, output);
        CryptographicOperations.ZeroMemory(finishedKey);
    }

    /// <summary>Hashes with the suite's hash.</summary>
    public static void HashData(CipherSuite suite, ReadOnlySpan<byte> source, Span<byte> output) =>
        CryptographicOperations.HashData(CipherSuites.Hash(suite), source, output);

    private static void ExtractNext(CipherSuite suite, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> emptyHash = stackalloc byte[CipherSuites.HashLength(suite)];
        Span<byte> derived = stackalloc byte[emptyHash.Length];
        HashData(suite, default, emptyHash);
        DeriveSecret(suite, previous, "derived"u8, emptyHash, derived);
        HKDF.Extract(CipherSuites.Hash(suite), input, derived, output);
        CryptographicOperations.ZeroMemory(derived);
    }
}
