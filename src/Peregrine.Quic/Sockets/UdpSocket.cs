using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>Makes the UDP socket that fits the machine: the Linux one with its offloads, else the portable one.</summary>
internal static class UdpSocket
{
    private const int WindowsUdpConnectionReset = unchecked((int)0x9800000C);

    /// <param name="endPoint">Where to bind.</param>
    /// <param name="options">Sizes, and which kind.</param>
    /// <param name="role">What it is for.</param>
    /// <param name="logger">Hears once when the system grants smaller buffers.</param>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    /// <exception cref="PlatformNotSupportedException">Offload was demanded, and the kernel has none.</exception>
    public static IDatagramSocket Open(IPEndPoint endPoint, QuicSocketOptions options, SocketRole role, ILogger? logger = null)
    {
        if (options.Factory is { } factory)
            return factory(endPoint);

        var socket = Bind(endPoint, options);
        try
        {
            SocketBuffers.Check(socket, options, logger);
            if (options.UseSegmentationOffload != false
                && OperatingSystem.IsLinux()
                && LinuxDatagramSocket.TryCreate(socket, role) is { } fast)
            {
                return fast;
            }

            if (options.UseSegmentationOffload == true)
            {
                throw new PlatformNotSupportedException(
                    "This kernel has no UDP segmentation offload; leave Socket.UseSegmentationOffload null.");
            }

            return new PortableDatagramSocket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Bind(IPEndPoint endPoint, QuicSocketOptions options)
    {
        // The machine may have no IPv6 at all, or only at compile time: the wildcard then means IPv4.
        if (endPoint.Address.Equals(IPAddress.IPv6Any))
        {
            if (!Socket.OSSupportsIPv6)
                return Bind(new IPEndPoint(IPAddress.Any, endPoint.Port), options, dualMode: false);
            try
            {
                return Bind(endPoint, options, dualMode: true);
            }
            catch (SocketException e) when (e.SocketErrorCode
                is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable or SocketError.ProtocolOption)
            {
                return Bind(new IPEndPoint(IPAddress.Any, endPoint.Port), options, dualMode: false);
            }
        }

        return Bind(endPoint, options, dualMode: endPoint.Address.IsIPv4MappedToIPv6);
    }

    private static Socket Bind(IPEndPoint endPoint, QuicSocketOptions options, bool dualMode)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = dualMode;
            socket.ReceiveBufferSize = options.ReceiveBufferSize;
            socket.SendBufferSize = options.SendBufferSize;
            if (OperatingSystem.IsWindows())
                socket.IOControl(WindowsUdpConnectionReset, [0, 0, 0, 0], null);
            ForbidFragments(socket);
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // RFC 9000 §14: QUIC packets are not fragmented. On Linux the Linux socket sets PMTUDISC_PROBE afterwards, which ICMP cannot lower.
    private static void ForbidFragments(Socket socket)
    {
        try
        {
            if (!OperatingSystem.IsLinux() && socket.AddressFamily == AddressFamily.InterNetwork)
                socket.DontFragment = true;
            if (OperatingSystem.IsLinux())
                LinuxSocketOptions.IgnorePathMtu(socket);
        }
        catch (SocketException)
        {
            // Some systems refuse the option; the datagrams of 1,200 bytes pass nearly everywhere all the same.
        }
    }
}
