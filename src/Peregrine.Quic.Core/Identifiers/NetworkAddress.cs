using System.Buffers.Binary;
using System.Net;

namespace Peregrine.Quic.Core;

/// <summary>
/// A UDP address as a value: no allocation to compare or to copy. IPv4 addresses are held as IPv4-mapped IPv6 (::ffff:a.b.c.d).
/// </summary>
internal readonly record struct NetworkAddress(UInt128 Address, ushort Port, uint ScopeId = 0)
{
    private static readonly UInt128 MappedPrefix = (UInt128)0xffff << 32;

    public bool IsIPv4 => Address >> 32 == MappedPrefix >> 32;

    /// <summary>True for the wildcard: a socket that is bound to no address in particular.</summary>
    public bool IsUnspecified => Address == UInt128.Zero || Address == MappedPrefix;

    public static NetworkAddress FromIPv4(uint address, ushort port) => new(MappedPrefix | address, port);

    public static NetworkAddress From(IPEndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[16];
        var address = endPoint.Address;
        address.TryWriteBytes(bytes, out var length);
        if (length == 4)
            return FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes), (ushort)endPoint.Port);
        var scope = address.IsIPv4MappedToIPv6 ? 0 : (uint)address.ScopeId;
        return new NetworkAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes), (ushort)endPoint.Port, scope);
    }

    public IPEndPoint ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Address);
        var address = IsIPv4 ? new IPAddress(bytes[12..]) : new IPAddress(bytes, ScopeId);
        return new IPEndPoint(address, Port);
    }

    public override string ToString() => ToEndPoint().ToString();
}

/// <summary>The two ends of the way that datagrams take (RFC 9000 §9).</summary>
internal readonly record struct NetworkPath(NetworkAddress Local, NetworkAddress Remote)
{
    public override string ToString() => $"{Local} -> {Remote}";
}
