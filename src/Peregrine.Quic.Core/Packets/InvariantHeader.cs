using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What a packet of any QUIC version shows (RFC 8999 §5): enough to route it and to answer with a Version Negotiation packet. The
/// connection IDs are borrowed from the datagram; those of a long header may be as long as 255 bytes.
/// </summary>
internal readonly ref struct InvariantHeader
{
    //   Long Header Packet {                        Short Header Packet {
    //     Header Form (1) = 1,                        Header Form (1) = 0,
    //     Version-Specific Bits (7),                  Version-Specific Bits (7),
    //     Version (32),                               Destination Connection ID (..),
    //     Destination Connection ID Length (8),       Version-Specific Data (..),
    //     Destination Connection ID (0..2040),      }
    //     Source Connection ID Length (8),
    //     Source Connection ID (0..2040),
    //     Version-Specific Data (..),
    //   }

    private InvariantHeader(uint version, ReadOnlySpan<byte> destination, ReadOnlySpan<byte> source, int length)
    {
        IsLong = true;
        Version = version;
        DestinationConnectionId = destination;
        SourceConnectionId = source;
        Length = length;
    }

    /// <summary>False for a short header, whose connection ID only its issuer can measure; then the other members are empty.</summary>
    public bool IsLong { get; }

    public uint Version { get; }

    public ReadOnlySpan<byte> DestinationConnectionId { get; }

    public ReadOnlySpan<byte> SourceConnectionId { get; }

    /// <summary>Where the version-specific data begins.</summary>
    public int Length { get; }

    /// <summary>False for an empty datagram, and for a long header that ends too soon.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out InvariantHeader header)
    {
        header = default;
        var reader = new SpanReader(datagram);
        if (!reader.TryReadByte(out var first))
            return false;
        if ((first & HeaderBits.LongForm) == 0)
            return true;

        if (!(reader.TryReadUInt32(out var version) &&
            reader.TryReadByte(out var destinationLength) &&
            reader.TryReadBytes(destinationLength, out var destination) &&
            reader.TryReadByte(out var sourceLength) &&
            reader.TryReadBytes(sourceLength, out var source)))
            return false;

        header = new InvariantHeader(version, destination, source, reader.Position);
        return true;
    }
}
