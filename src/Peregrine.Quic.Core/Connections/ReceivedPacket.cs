namespace Peregrine.Quic.Core;

/// <summary>Where an authenticated packet came from and what it is, for the frames inside it.</summary>
internal readonly record struct ReceivedPacket(
    PacketType Type, PacketNumberSpace Space, ulong PacketNumber, ConnectionId Destination, NetworkPath Path, int DatagramLength);
