using System.Net.Sockets;

namespace Peregrine.Quic;

/// <summary>The numbers of Linux's socket options and control messages, and how they are switched on.</summary>
internal static class LinuxSocketOptions
{
    public const int LevelIP = 0;
    public const int LevelUdp = 17;
    public const int LevelIPv6 = 41;

    public const int IPTos = 1;
    public const int IPPacketInfo = 8;
    public const int IPv6PacketInfo = 50;
    public const int IPv6TrafficClass = 67;
    public const int UdpSegment = 103;
    public const int UdpGro = 104;
    public const int IPReceiveError = 11;
    public const int IPv6ReceiveError = 25;

    private const int IPMtuDiscover = 10;
    private const int IPReceiveTos = 13;
    private const int IPv6MtuDiscover = 23;
    private const int IPv6ReceivePacketInfo = 49;
    private const int IPv6ReceiveTrafficClass = 66;

    /// <summary>Sets DF, and sends whatever size is asked for: an ICMP message of an attacker must not shrink our packets.</summary>
    private const int PathMtuProbe = 3;

    public static void IgnorePathMtu(Socket socket)
    {
        TrySet(socket, LevelIP, IPMtuDiscover, PathMtuProbe);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
            TrySet(socket, LevelIPv6, IPv6MtuDiscover, PathMtuProbe);
    }

    /// <summary>False where the kernel has no GSO or no GRO (Linux 5.0 has both).</summary>
    public static bool TryEnableOffload(Socket socket) => TrySet(socket, LevelUdp, UdpSegment, 0) && TrySet(socket, LevelUdp, UdpGro, 1);

    public static void ReceiveEcn(Socket socket)
    {
        TrySet(socket, LevelIP, IPReceiveTos, 1);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
            TrySet(socket, LevelIPv6, IPv6ReceiveTrafficClass, 1);
    }

    public static void ReceiveLocalAddress(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
            TrySet(socket, LevelIPv6, IPv6ReceivePacketInfo, 1);
        else
            TrySet(socket, LevelIP, IPPacketInfo, 1);
    }

    /// <summary>Has the kernel keep what ICMP says about our datagrams, which an unconnected socket else never hears.</summary>
    public static void ReceiveErrors(Socket socket)
    {
        TrySet(socket, LevelIP, IPReceiveError, 1);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
            TrySet(socket, LevelIPv6, IPv6ReceiveError, 1);
    }

    private static bool TrySet(Socket socket, int level, int name, int value)
    {
        try
        {
            socket.SetRawSocketOption(level, name, BitConverter.GetBytes(value));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
