using System.Diagnostics.CodeAnalysis;
using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// A ServerHello or, in the same form with a fixed random, a HelloRetryRequest (RFC 8446 §4.1.3, §4.1.4). When read it is checked for
/// itself, not yet
/// against what the client offered.
/// </summary>
internal sealed class ServerHello
{
    // struct {
    //     ProtocolVersion legacy_version = 0x0303;
    //     Random random;
    //     opaque legacy_session_id_echo<0..32>;
    //     CipherSuite cipher_suite;
    //     uint8 legacy_compression_method = 0;
    //     Extension extensions<6..2^16-1>;
    // } ServerHello;
    private const int MaxSessionIdLength = 32;

    /// <summary>SHA-256 of "HelloRetryRequest".</summary>
    public static ReadOnlySpan<byte> RetryRandom =>
    [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
        0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ];

    public required bool IsRetryRequest { get; init; }

    /// <summary>The suite's number, which may be one we have no name for.</summary>
    public required CipherSuite CipherSuite { get; init; }

    /// <summary>The server's share; in a retry request only its group is set. Null when there is no key_share.</summary>
    public KeyShareEntry? KeyShare { get; private set; }

    /// <summary>Only a retry request may carry one.</summary>
    public byte[] Cookie { get; private set; } = [];

    public static byte[] Write(ReadOnlySpan<byte> random, CipherSuite suite, NamedGroup group, ReadOnlySpan<byte> share)
    {
        var writer = new MessageWriter();
        using (writer.BeginMessage(HandshakeType.ServerHello))
        {
            WriteStart(writer, random, suite);
            using (writer.BeginVector16())
            {
                using (writer.BeginExtension(ExtensionType.KeyShare))
                    KeyShareEntry.Write(writer, group, share);
                WriteVersion(writer);
            }
        }

        return writer.ToArray();
    }

    public static byte[] WriteRetryRequest(CipherSuite suite, NamedGroup group)
    {
        var writer = new MessageWriter();
        using (writer.BeginMessage(HandshakeType.ServerHello))
        {
            WriteStart(writer, RetryRandom, suite);
            using (writer.BeginVector16())
            {
                WriteVersion(writer);
                using (writer.BeginExtension(ExtensionType.KeyShare))
                    writer.UInt16((ushort)group);
            }
        }

        return writer.ToArray();
    }

    public static PeerMisbehavior? Read(ReadOnlySpan<byte> body, [NotNull] out ServerHello? hello)
    {
        hello = null!;
        var reader = new SpanReader(body);
        if (!reader.TryReadUInt16(out var version)
            || !reader.TryReadBytes(ClientHello.RandomLength, out var random)
            || !reader.TryReadVector8(out var sessionId) || sessionId.Length > MaxSessionIdLength
            || !reader.TryReadUInt16(out var suite)
            || !reader.TryReadByte(out var compression))
        {
            return PeerMisbehavior.MalformedServerHello;
        }

        if (reader.IsAtEnd)
            return PeerMisbehavior.VersionNotOffered; // a hello of before there were extensions
        if (!reader.TryReadVector16(out var extensions) || !reader.IsAtEnd)
            return PeerMisbehavior.MalformedServerHello;

        var read = new ServerHello { IsRetryRequest = random.SequenceEqual(RetryRandom), CipherSuite = (CipherSuite)suite };
        if (read.ReadExtensions(extensions) is { } fault)
            return fault;
        if (version != ProtocolVersions.Tls12)
            return PeerMisbehavior.WrongLegacyVersion;
        if (!sessionId.IsEmpty) // we sent none
            return PeerMisbehavior.WrongSessionIdEcho;
        if (compression != 0)
            return PeerMisbehavior.CompressionChosen;
        hello = read;
        return null;
    }

    private PeerMisbehavior? ReadExtensions(ReadOnlySpan<byte> extensions)
    {
        if (ExtensionBlock.Open(extensions, out var block) is { } fault)
            return fault;
        ushort? version = null;
        while (block.TryNext(out var type, out var data))
        {
            var reader = new SpanReader(data);
            switch (type)
            {
                case ExtensionType.SupportedVersions:
                    if (!reader.TryReadUInt16(out var selected) || !reader.IsAtEnd)
                        return PeerMisbehavior.MalformedSupportedVersions;
                    version = selected;
                    break;
                case ExtensionType.KeyShare:
                    if (!TryReadKeyShare(ref reader))
                        return PeerMisbehavior.MalformedKeyShare;
                    break;
                case ExtensionType.Cookie when IsRetryRequest:
                    if (!reader.TryReadVector16(out var cookie) || !reader.IsAtEnd || cookie.IsEmpty)
                        return PeerMisbehavior.MalformedCookie;
                    Cookie = cookie.ToArray();
                    break;
                default:
                    return PeerMisbehavior.UnsolicitedExtension;
            }
        }

        return version is null ? PeerMisbehavior.VersionNotOffered
            : version != ProtocolVersions.Tls13 ? PeerMisbehavior.WrongVersionChosen
            : null;
    }

    private bool TryReadKeyShare(ref SpanReader reader)
    {
        if (IsRetryRequest)
        {
            if (!reader.TryReadUInt16(out var selected))
                return false;
            KeyShare = new KeyShareEntry((NamedGroup)selected, default);
            return reader.IsAtEnd;
        }

        if (!KeyShareEntry.TryRead(ref reader, out var group, out var keyExchange))
            return false;
        KeyShare = new KeyShareEntry(group, keyExchange.ToArray());
        return reader.IsAtEnd;
    }

    private static void WriteStart(MessageWriter writer, ReadOnlySpan<byte> random, CipherSuite suite)
    {
        writer.UInt16(ProtocolVersions.Tls12);
        writer.Bytes(random);
        writer.Vector8(default); // the client's session ID, which QUIC keeps empty
        writer.UInt16((ushort)suite);
        writer.Byte(0);
    }

    private static void WriteVersion(MessageWriter writer)
    {
        using (writer.BeginExtension(ExtensionType.SupportedVersions))
            writer.UInt16(ProtocolVersions.Tls13);
    }
}
