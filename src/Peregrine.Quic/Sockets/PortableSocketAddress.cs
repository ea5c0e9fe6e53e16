using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Reads and writes .NET's socket addresses in place, so that no end point is made for each packet. Past the family, sockaddr_in and
/// sockaddr_in6 look the same on every system.
/// </summary>
internal static class PortableSocketAddress
{
    public static NetworkAddress Read(SocketAddress source)
    {
        var bytes = source.Buffer.Span;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (source.Family == AddressFamily.InterNetwork)
            return NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), port);
        return new NetworkAddress(
            BinaryPrimitives.ReadUInt128BigEndian(bytes[8..]), port, BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]));
    }

    public static void Write(SocketAddress destination, in NetworkAddress address)
    {
        var bytes = destination.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], address.Port);
        if (destination.Family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], unchecked((uint)address.Address));
            return;
        }

        bytes[4..8].Clear();
        BinaryPrimitives.WriteUInt128BigEndian(bytes[8..], address.Address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], address.ScopeId);
    }
}
