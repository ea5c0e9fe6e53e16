namespace Peregrine.Quic.Core;

/// <summary>What follows from a packet's type.</summary>
internal static class PacketTypes
{
    /// <summary>The space that counts packets of this type; Retry and Version Negotiation have no packet numbers.</summary>
    public static PacketNumberSpace SpaceOf(PacketType type) => type switch
    {
        PacketType.Initial => PacketNumberSpace.Initial,
        PacketType.Handshake => PacketNumberSpace.Handshake,
        _ => PacketNumberSpace.Application,
    };

    public static bool HasPacketNumber(PacketType type) => type is not (PacketType.Retry or PacketType.VersionNegotiation);
}
