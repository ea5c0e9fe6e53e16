namespace Peregrine.Quic;

internal enum SocketRole : byte
{
    /// <summary>Connects out: hears what ICMP says of its datagrams, where the system tells.</summary>
    Client,

    /// <summary>Takes connections: learns which local address each datagram came to, where the system tells.</summary>
    Server,
}
