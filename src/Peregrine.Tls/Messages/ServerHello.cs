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
    //     ProtocolVersion legacy_version = 0x0303;          (nothing follows from it: RFC 8446 §4.2.1)
    //     Random random;
    //     opaque legacy_session_id_echo<0..32>;
    //     CipherSuite cipher_suite;
    //     uint8 legacy_compression_method = 0;
    //     Extension extensions<6..2^16-1>;
    // } ServerHello;
    private const int MaxSessionIdLength = 32;

    /// <summary>What we echo must fit into our next ClientHello beside everything else.</summary>
    public const int MaxCookieLength = 32 * 1024;

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

        if (version == ProtocolVersions.Ssl3)
            return PeerMisbehavior.Ssl3Hello;
        if (reader.IsAtEnd) // a hello of before there were extensions
            return OlderVersion(random);
        if (!reader.TryReadVector16(out var extensions) || !reader.IsAtEnd)
            return PeerMisbehavior.MalformedServerHello;

        var read = new ServerHello { IsRetryRequest = random.SequenceEqual(RetryRandom), CipherSuite = (CipherSuite)suite };
        if (ExtensionBlock.Open(extensions, out var block) is { } malformed)
            return malformed;
        // RFC 8446 §4.2.1: the version comes before the rest, which an older one may fill otherwise.
        if (CheckVersion(block, random) is { } wrongVersion)
            return wrongVersion;
        if (read.ReadExtensions(block) is { } fault)
            return fault;
        if (!sessionId.IsEmpty) // we sent none
            return PeerMisbehavior.WrongSessionIdEcho;
        if (compression != 0)
            return PeerMisbehavior.CompressionChosen;
        hello = read;
        return null;
    }

    private static PeerMisbehavior? CheckVersion(ExtensionBlock block, ReadOnlySpan<byte> random)
    {
        while (block.TryNext(out var type, out var data))
        {
            if (type != ExtensionType.SupportedVersions)
                continue;
            var reader = new SpanReader(data);
            if (!reader.TryReadUInt16(out var selected) || !reader.IsAtEnd)
                return PeerMisbehavior.MalformedSupportedVersions;
            return selected == ProtocolVersions.Tls13 ? null : PeerMisbehavior.WrongVersionChosen;
        }

        return OlderVersion(random);
    }

    // RFC 8446 §4.1.3: a server that speaks TLS 1.3 marks the random of an older hello, to show that somebody made it choose that.
    private static PeerMisbehavior OlderVersion(ReadOnlySpan<byte> random) =>
        random[^8..^1].SequenceEqual("DOWNGRD"u8) && random[^1] is 0 or 1
            ? PeerMisbehavior.Downgraded
            : PeerMisbehavior.VersionNotOffered;

    private PeerMisbehavior? ReadExtensions(ExtensionBlock block)
    {
        var place = IsRetryRequest ? ExtensionPlaces.RetryRequest : ExtensionPlaces.ServerHello;
        while (block.TryNext(out var type, out var data))
        {
            if (ExtensionRules.Check(type, place, serverNameSent: false) is { } misplaced)
                return misplaced;
            var reader = new SpanReader(data);
            switch (type)
            {
                case ExtensionType.KeyShare:
                    if (!TryReadKeyShare(ref reader))
                        return PeerMisbehavior.MalformedKeyShare;
                    break;
                case ExtensionType.Cookie:
                    if (!reader.TryReadVector16(out var cookie) || !reader.IsAtEnd || cookie.IsEmpty)
                        return PeerMisbehavior.MalformedCookie;
                    if (cookie.Length > MaxCookieLength)
                        return PeerMisbehavior.CookieTooLong;
                    Cookie = cookie.ToArray();
                    break;
            }
        }

        return null;
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
