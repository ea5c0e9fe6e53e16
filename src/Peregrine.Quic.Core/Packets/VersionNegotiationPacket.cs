using System.Buffers.Binary;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>A server's list of versions for a client that spoke another (RFC 9000 §17.2.1). It borrows the datagram.</summary>
internal readonly ref struct VersionNegotiationPacket
{
    //   Version Negotiation Packet {
    //     Header Form (1) = 1,
    //     Unused (7),
    //     Version (32) = 0,
    //     Destination Connection ID Length (8),
    //     Destination Connection ID (0..2040),
    //     Source Connection ID Length (8),
    //     Source Connection ID (0..2040),
    //     Supported Version (32) ...,
    //   }

    private VersionNegotiationPacket(InvariantHeader header, ReadOnlySpan<byte> versions)
    {
        DestinationConnectionId = header.DestinationConnectionId;
        SourceConnectionId = header.SourceConnectionId;
        Versions = versions;
    }

    public ReadOnlySpan<byte> DestinationConnectionId { get; }

    public ReadOnlySpan<byte> SourceConnectionId { get; }

    /// <summary>The versions, four bytes each.</summary>
    public ReadOnlySpan<byte> Versions { get; }

    /// <summary>False for any other packet, and for a list that is empty or not made of whole versions.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out VersionNegotiationPacket packet)
    {
        packet = default;
        if (!InvariantHeader.TryParse(datagram, out var header) || !header.IsLong || header.Version != QuicVersion.Negotiation)
            return false;

        var versions = datagram[header.Length..];
        if (versions.IsEmpty || versions.Length % sizeof(uint) != 0)
            return false;

        packet = new VersionNegotiationPacket(header, versions);
        return true;
    }

    public bool Contains(uint version)
    {
        for (var rest = Versions; !rest.IsEmpty; rest = rest[sizeof(uint)..])
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(rest) == version)
                return true;
        }

        return false;
    }

    /// <summary>The length of the answer that <see cref="Write"/> gives.</summary>
    public static int Length(int clientDestinationIdLength, int clientSourceIdLength) =>
        1 + 4 + 1 + clientDestinationIdLength + 1 + clientSourceIdLength + (2 * sizeof(uint));

    /// <summary>
    /// Writes the answer to a client's packet with these IDs: version 1, and a reserved version made of <paramref name="random"/> so that
    /// clients learn to skip what they do not know (RFC 9000 §6.3). Returns its length.
    /// </summary>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> clientDestinationId, ReadOnlySpan<byte> clientSourceId, uint random)
    {
        var writer = new SpanWriter(destination);
        writer.WriteByte((byte)(HeaderBits.LongForm | HeaderBits.Fixed | (random & 0x3f)));
        writer.WriteUInt32(QuicVersion.Negotiation);
        writer.WriteByte((byte)clientSourceId.Length);
        writer.WriteBytes(clientSourceId);
        writer.WriteByte((byte)clientDestinationId.Length);
        writer.WriteBytes(clientDestinationId);
        writer.WriteUInt32(QuicVersion.MakeReserved(random));
        writer.WriteUInt32(QuicVersion.V1);
        return writer.Position;
    }
}
