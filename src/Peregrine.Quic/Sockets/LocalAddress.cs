using System.Net;
using System.Net.Sockets;

namespace Peregrine.Quic;

/// <summary>Asks the system's routing table which address it sends from.</summary>
internal static class LocalAddress
{
    /// <summary>
    /// The address in use toward <paramref name="remote"/>, with the port of <paramref name="bound"/>; that itself where there is no route.
    /// </summary>
    public static IPEndPoint Toward(IPEndPoint remote, IPEndPoint bound)
    {
        try
        {
            // Connecting a UDP socket sends nothing.
            using var probe = new Socket(remote.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(remote);
            return new IPEndPoint(((IPEndPoint)probe.LocalEndPoint!).Address, bound.Port);
        }
        catch (SocketException)
        {
            return bound;
        }
    }
}
