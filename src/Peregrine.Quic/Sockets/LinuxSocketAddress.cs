using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>sockaddr_in and sockaddr_in6 as Linux lays them out.</summary>
internal static class LinuxSocketAddress
{
    public const int MaxSize = 28;

    private const ushort InterNetwork = 2;
    private const ushort InterNetworkV6 = 10;

    /// <summary>Returns how many bytes were written.</summary>
    public static int Write(Span<byte> destination, in NetworkAddress address, bool isIPv6Socket)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], address.Port);
        if (!isIPv6Socket)
        {
            MemoryMarshal.Write(destination, InterNetwork);
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], unchecked((uint)address.Address));
            destination[8..16].Clear();
            return 16;
        }

        MemoryMarshal.Write(destination, InterNetworkV6);
        destination[4..8].Clear();
        BinaryPrimitives.WriteUInt128BigEndian(destination[8..], address.Address);
        MemoryMarshal.Write(destination[24..], address.ScopeId);
        return 28;
    }

    public static NetworkAddress Read(ReadOnlySpan<byte> source)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if (MemoryMarshal.Read<ushort>(source) == InterNetwork)
            return NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(source[4..]), port);
        return new NetworkAddress(BinaryPrimitives.ReadUInt128BigEndian(source[8..]), port, MemoryMarshal.Read<uint>(source[24..]));
    }
}
