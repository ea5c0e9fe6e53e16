using System.Diagnostics;
using System.Security.Cryptography;
using Peregrine.Tls;

namespace Peregrine.Quic.Core;

/// <summary>The keys of Initial packets, which anyone who sees the client's first connection ID can derive (RFC 9001 §5.2).</summary>
internal static class InitialKeys
{
    /// <param name="version">The version of the packets; it selects the salt.</param>
    /// <param name="destination">The Destination Connection ID of the client's first Initial, or of the Retry it followed.</param>
    /// <param name="isServer">Which side's packets are ours to write.</param>
    public static PacketKeys Derive(uint version, in ConnectionId destination, bool isServer) => isServer
        ? new PacketKeys(DeriveClient(version, destination), DeriveServer(version, destination))
        : new PacketKeys(DeriveServer(version, destination), DeriveClient(version, destination));

    /// <summary>What protects the packets that a client sends.</summary>
    public static DirectionKeys DeriveClient(uint version, in ConnectionId destination) => Derive(version, destination, "client in"u8);

    /// <summary>What protects the packets that a server sends.</summary>
    public static DirectionKeys DeriveServer(uint version, in ConnectionId destination) => Derive(version, destination, "server in"u8);

    private static DirectionKeys Derive(uint version, in ConnectionId destination, ReadOnlySpan<byte> label)
    {
        Debug.Assert(QuicVersion.IsSupported(version));
        ReadOnlySpan<byte> salt =
        [
            0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
            0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
        ];

        Span<byte> initial = stackalloc byte[32];
        Span<byte> secret = stackalloc byte[32];
        Span<byte> key = stackalloc byte[16];
        Span<byte> iv = stackalloc byte[IPacketAead.NonceLength];
        HKDF.Extract(HashAlgorithmName.SHA256, destination.Span, salt, initial);
        HkdfLabel.Expand(HashAlgorithmName.SHA256, initial, label, default, secret);
        HkdfLabel.Expand(HashAlgorithmName.SHA256, secret, "quic key"u8, default, key);
        HkdfLabel.Expand(HashAlgorithmName.SHA256, secret, "quic iv"u8, default, iv);
        return new DirectionKeys(
            new PayloadKey(new InitialAead(key), iv), DirectionKeys.DeriveHeaderProtection(CipherSuite.Aes128GcmSha256, secret));
    }
}
