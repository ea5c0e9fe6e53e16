using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The three packet number spaces of a connection.</summary>
internal sealed class PacketSpaces(BlockPool pool)
{
    private readonly PacketSpace[] _spaces =
        [new(PacketNumberSpace.Initial, pool), new(PacketNumberSpace.Handshake, pool), new(PacketNumberSpace.Application, pool)];

    public PacketSpace Initial => _spaces[0];

    public PacketSpace Handshake => _spaces[1];

    public PacketSpace Application => _spaces[2];

    public PacketSpace this[PacketNumberSpace space] => _spaces[(int)space];

    /// <summary>In the order in which their packets stand in a datagram.</summary>
    public ReadOnlySpan<PacketSpace> All => _spaces;

    public SentPacketSpace[] Sent => [Initial.Sent, Handshake.Sent, Application.Sent];
}
