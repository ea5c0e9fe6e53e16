using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What a version 1 packet shows before its protection is removed, with offsets into the bytes it was parsed from. It owns nothing of
/// them. Nothing here is authenticated.
/// </summary>
internal readonly struct PacketHeader
{
    public PacketType Type { get; private init; }

    /// <summary>0 for a short header, which does not show it.</summary>
    public uint Version { get; private init; }

    public ConnectionId DestinationConnectionId { get; private init; }

    /// <summary>Empty for a short header, which does not show it.</summary>
    public ConnectionId SourceConnectionId { get; private init; }

    /// <summary>The token of an Initial or Retry packet.</summary>
    public int TokenOffset { get; private init; }

    public int TokenLength { get; private init; }

    /// <summary>Where the protected packet number begins; 0 for Retry and Version Negotiation.</summary>
    public int PacketNumberOffset { get; private init; }

    /// <summary>The whole packet's length; what follows in the datagram is the next coalesced packet (RFC 9000 §12.2).</summary>
    public int Length { get; private init; }

    public ReadOnlySpan<byte> Token(ReadOnlySpan<byte> packet) => packet.Slice(TokenOffset, TokenLength);

    /// <summary>
    /// Parses the first packet of <paramref name="datagram"/>, which is what is left of a datagram; false when it is garbage to be dropped
    /// silently, or a version we do not speak (which <see cref="InvariantHeader"/> tells apart).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, int shortHeaderConnectionIdLength, out PacketHeader header)
    {
        header = default;
        if (datagram.IsEmpty)
            return false;
        return (datagram[0] & HeaderBits.LongForm) == 0
            ? TryParseShort(datagram, shortHeaderConnectionIdLength, out header)
            : TryParseLong(datagram, out header);
    }

    private static bool TryParseShort(ReadOnlySpan<byte> datagram, int connectionIdLength, out PacketHeader header)
    {
        header = default;
        if ((datagram[0] & HeaderBits.Fixed) == 0 || datagram.Length < 1 + connectionIdLength)
            return false;

        header = new PacketHeader
        {
            Type = PacketType.OneRtt,
            DestinationConnectionId = ConnectionId.FromSpan(datagram.Slice(1, connectionIdLength)),
            PacketNumberOffset = 1 + connectionIdLength,
            Length = datagram.Length,
        };
        return true;
    }

    private static bool TryParseLong(ReadOnlySpan<byte> datagram, out PacketHeader header)
    {
        header = default;
        if (!(InvariantHeader.TryParse(datagram, out var invariant) &&
            ConnectionId.TryFromSpan(invariant.DestinationConnectionId, out var destination) &&
            ConnectionId.TryFromSpan(invariant.SourceConnectionId, out var source)))
            return false;

        header = new PacketHeader
        {
            Version = invariant.Version,
            DestinationConnectionId = destination,
            SourceConnectionId = source,
            Length = datagram.Length,
        };
        if (invariant.Version == QuicVersion.Negotiation)
        {
            header = header with { Type = PacketType.VersionNegotiation };
            return true;
        }

        if (!QuicVersion.IsSupported(invariant.Version) || (datagram[0] & HeaderBits.Fixed) == 0)
            return false;

        return LongHeader.TypeOf(datagram[0]) == PacketType.Retry
            ? TryParseRetry(datagram, invariant.Length, ref header)
            : TryParseNumbered(datagram, invariant.Length, ref header);
    }

    private static bool TryParseRetry(ReadOnlySpan<byte> datagram, int position, ref PacketHeader header)
    {
        // A Retry ends in a tag of 16 bytes and takes the rest of the datagram (RFC 9000 §17.2.5).
        var tokenLength = datagram.Length - position - RetryPacket.IntegrityTagLength;
        if (tokenLength < 0)
            return false;

        header = header with { Type = PacketType.Retry, TokenOffset = position, TokenLength = tokenLength };
        return true;
    }

    private static bool TryParseNumbered(ReadOnlySpan<byte> datagram, int position, ref PacketHeader header)
    {
        var type = LongHeader.TypeOf(datagram[0]);
        var reader = new SpanReader(datagram[position..]);
        ReadOnlySpan<byte> token = default;
        if (type == PacketType.Initial && !reader.TryReadVarIntPrefixed(out token))
            return false;

        var tokenEnd = position + reader.Position;
        if (!reader.TryReadLength(out var length) || length > reader.Remaining)
            return false;

        header = header with
        {
            Type = type,
            TokenOffset = tokenEnd - token.Length,
            TokenLength = token.Length,
            PacketNumberOffset = position + reader.Position,
            Length = position + reader.Position + length,
        };
        return true;
    }
}
