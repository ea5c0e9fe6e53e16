using System.Security.Cryptography;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>A server's demand to repeat the first Initial with a token (RFC 9000 §17.2.5). It borrows the datagram.</summary>
internal readonly ref struct RetryPacket
{
    //   Retry Packet {
    //     Header Form (1) = 1,
    //     Fixed Bit (1) = 1,
    //     Long Packet Type (2) = 3,
    //     Unused (4),
    //     Version (32),
    //     DCID Len (8), Destination Connection ID (0..160),
    //     SCID Len (8), Source Connection ID (0..160),
    //     Retry Token (..),                                  never empty
    //     Retry Integrity Tag (128),
    //   }

    public const int IntegrityTagLength = 16;

    /// <summary>The longest Retry packet that we build or believe.</summary>
    public const int MaxLength = 2048;

    private readonly ReadOnlySpan<byte> _packet;

    private RetryPacket(ReadOnlySpan<byte> packet, scoped in PacketHeader header)
    {
        _packet = packet;
        DestinationConnectionId = header.DestinationConnectionId;
        SourceConnectionId = header.SourceConnectionId;
        Token = header.Token(packet);
    }

    public ConnectionId DestinationConnectionId { get; }

    /// <summary>The connection ID that the client uses from now on.</summary>
    public ConnectionId SourceConnectionId { get; }

    public ReadOnlySpan<byte> Token { get; }

    /// <summary>False for any other packet, and for one without a token (RFC 9000 §17.2.5.2), too short or too long.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RetryPacket packet)
    {
        packet = default;
        if (datagram.Length > MaxLength ||
            !PacketHeader.TryParse(datagram, 0, out var header) ||
            header.Type != PacketType.Retry ||
            header.TokenLength == 0)
            return false;

        packet = new RetryPacket(datagram, header);
        return true;
    }

    /// <summary>True when the tag proves that the sender saw the Initial that went to this connection ID.</summary>
    public bool HasValidTag(in ConnectionId originalDestination)
    {
        Span<byte> expected = stackalloc byte[IntegrityTagLength];
        ComputeTag(originalDestination, _packet[..^IntegrityTagLength], expected);
        return CryptographicOperations.FixedTimeEquals(expected, _packet[^IntegrityTagLength..]);
    }

    public static int Length(int destinationIdLength, int sourceIdLength, int tokenLength) =>
        1 + 4 + 1 + destinationIdLength + 1 + sourceIdLength + tokenLength + IntegrityTagLength;

    /// <summary>Writes a version 1 Retry with its tag and returns its length, which is at most <see cref="MaxLength"/>.</summary>
    public static int Write(
        Span<byte> destination, in ConnectionId clientId, in ConnectionId newServerId, ReadOnlySpan<byte> token,
        in ConnectionId originalDestination)
    {
        var writer = new SpanWriter(destination);
        writer.WriteByte((byte)(LongHeader.FirstByte(PacketType.Retry) | 0x0f));
        writer.WriteUInt32(QuicVersion.V1);
        writer.WriteByte((byte)clientId.Length);
        writer.WriteBytes(clientId.Span);
        writer.WriteByte((byte)newServerId.Length);
        writer.WriteBytes(newServerId.Span);
        writer.WriteBytes(token);
        ComputeTag(originalDestination, writer.Written, writer.Free[..IntegrityTagLength]);
        writer.Advance(IntegrityTagLength);
        return writer.Position;
    }

    // RFC 9001 §5.8: the AEAD's tag over the original destination ID and the packet, under a key that everybody knows.
    private static void ComputeTag(in ConnectionId originalDestination, ReadOnlySpan<byte> packet, Span<byte> tag)
    {
        ReadOnlySpan<byte> key = [0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e];
        ReadOnlySpan<byte> nonce = [0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb];

        Span<byte> buffer = stackalloc byte[1 + ConnectionId.MaxLength + MaxLength];
        var pseudo = new SpanWriter(buffer);
        pseudo.WriteByte((byte)originalDestination.Length);
        pseudo.WriteBytes(originalDestination.Span);
        pseudo.WriteBytes(packet);
        using var aead = new AesGcm(key, IntegrityTagLength);
        aead.Encrypt(nonce, default, default, tag, pseudo.Written);
    }
}
