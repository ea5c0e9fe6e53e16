using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Reads and writes the control messages of recvmsg and sendmsg:
/// <code>
/// cmsghdr { size_t len; int level; int type; data }, each aligned to 8 bytes
/// </code>
/// </summary>
internal static class ControlMessages
{
    /// <summary>Room for every message that is read or written here.</summary>
    public const int MaxSize = 256;

    private const int HeaderSize = 16;

    public static int WriteSegmentSize(Span<byte> control, int size)
    {
        WriteHeader(control, 2, LinuxSocketOptions.LevelUdp, LinuxSocketOptions.UdpSegment);
        MemoryMarshal.Write(control[HeaderSize..], (ushort)size);
        return HeaderSize + 8;
    }

    /// <summary>
    /// The source address: in_pktinfo { int ifindex; in_addr spec_dst; in_addr addr } or in6_pktinfo { in6_addr addr; int ifindex }.
    /// </summary>
    public static int WriteSource(Span<byte> control, in NetworkAddress source, bool isIPv6Socket)
    {
        if (isIPv6Socket)
        {
            WriteHeader(control, 20, LinuxSocketOptions.LevelIPv6, LinuxSocketOptions.IPv6PacketInfo);
            BinaryPrimitives.WriteUInt128BigEndian(control[HeaderSize..], source.Address);
            MemoryMarshal.Write(control[(HeaderSize + 16)..], source.ScopeId);
            return HeaderSize + 24;
        }

        WriteHeader(control, 12, LinuxSocketOptions.LevelIP, LinuxSocketOptions.IPPacketInfo);
        control.Slice(HeaderSize, 16).Clear();
        BinaryPrimitives.WriteUInt32BigEndian(control[(HeaderSize + 4)..], unchecked((uint)source.Address));
        return HeaderSize + 16;
    }

    public static int WriteEcn(Span<byte> control, EcnCodepoint ecn, bool isIPv6Destination)
    {
        if (isIPv6Destination)
            WriteHeader(control, 4, LinuxSocketOptions.LevelIPv6, LinuxSocketOptions.IPv6TrafficClass);
        else
            WriteHeader(control, 4, LinuxSocketOptions.LevelIP, LinuxSocketOptions.IPTos);
        MemoryMarshal.Write(control[HeaderSize..], (long)ecn);
        return HeaderSize + 8;
    }

    /// <summary>Reads what is known here; stops at a length that cannot be.</summary>
    public static void Read(ReadOnlySpan<byte> control, ref ReceivedControl read)
    {
        while (control.Length >= HeaderSize)
        {
            var length = MemoryMarshal.Read<ulong>(control);
            if (length < HeaderSize || length > (ulong)control.Length)
                return;

            var level = MemoryMarshal.Read<int>(control[8..]);
            var type = MemoryMarshal.Read<int>(control[12..]);
            ReadOne(level, type, control[HeaderSize..(int)length], ref read);
            var aligned = ((int)length + 7) & ~7;
            if (aligned >= control.Length)
                return;
            control = control[aligned..];
        }
    }

    private static void ReadOne(int level, int type, ReadOnlySpan<byte> data, ref ReceivedControl read)
    {
        switch (level, type)
        {
            case (LinuxSocketOptions.LevelUdp, LinuxSocketOptions.UdpGro) when data.Length >= 2:
                read.SegmentSize = MemoryMarshal.Read<ushort>(data);
                break;
            case (LinuxSocketOptions.LevelIP, LinuxSocketOptions.IPTos) when data.Length >= 1:
            case (LinuxSocketOptions.LevelIPv6, LinuxSocketOptions.IPv6TrafficClass) when data.Length >= 1:
                read.Ecn = (EcnCodepoint)(data[0] & 3);
                break;
            case (LinuxSocketOptions.LevelIP, LinuxSocketOptions.IPPacketInfo) when data.Length >= 12:
                // What may be sent from is ipi_spec_dst; it differs from the header's address exactly for multicast and broadcast.
                var source = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
                read.IsToGroup = source != BinaryPrimitives.ReadUInt32BigEndian(data[8..]);
                read.Local = NetworkAddress.FromIPv4(source, read.Local.Port);
                break;
            case (LinuxSocketOptions.LevelIPv6, LinuxSocketOptions.IPv6PacketInfo) when data.Length >= 20:
                var address = BinaryPrimitives.ReadUInt128BigEndian(data);

                // The interface matters only where the address means nothing without it (fe80::/10).
                var scope = (ushort)(address >> 112) is >= 0xfe80 and < 0xfec0 ? MemoryMarshal.Read<uint>(data[16..]) : 0;
                read.IsToGroup = (byte)(address >> 120) == 0xff || IsIPv4Group(address);
                read.Local = new NetworkAddress(address, read.Local.Port, scope);
                break;
            case (LinuxSocketOptions.LevelIP, LinuxSocketOptions.IPReceiveError) when data.Length >= 4:
            case (LinuxSocketOptions.LevelIPv6, LinuxSocketOptions.IPv6ReceiveError) when data.Length >= 4:
                // sock_extended_err { u32 errno; u8 origin, type, code, pad; u32 info, data }
                read.Error = MemoryMarshal.Read<int>(data);
                break;
        }
    }

    // A dual-stack socket names 224.0.0.0/4 and 255.255.255.255 as mapped addresses; a subnet's own broadcast it cannot tell.
    private static bool IsIPv4Group(UInt128 address) => address >> 32 == 0xffff && (byte)(address >> 24) >= 224;

    private static void WriteHeader(Span<byte> control, int dataLength, int level, int type)
    {
        MemoryMarshal.Write(control, (ulong)(HeaderSize + dataLength));
        MemoryMarshal.Write(control[8..], level);
        MemoryMarshal.Write(control[12..], type);
    }
}
