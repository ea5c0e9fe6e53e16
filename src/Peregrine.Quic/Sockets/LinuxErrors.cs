using System.Net.Sockets;

namespace Peregrine.Quic;

/// <summary>The error numbers of Linux that sockets meet, and what .NET calls them.</summary>
internal static class LinuxErrors
{
    public const int NotPermitted = 1;
    public const int Interrupted = 4;
    public const int IO = 5;
    public const int WouldBlock = 11;
    public const int AccessDenied = 13;
    public const int InvalidArgument = 22;
    public const int MessageSize = 90;
    public const int AddressNotAvailable = 99;
    public const int NetworkDown = 100;
    public const int NetworkUnreachable = 101;
    public const int NoBuffers = 105;
    public const int ConnectionRefused = 111;
    public const int HostDown = 112;
    public const int HostUnreachable = 113;

    /// <summary>Whether the kernel may be reporting, on whatever call comes next, what ICMP said about an earlier datagram.</summary>
    public static bool MayBeEarlier(int error) => error is ConnectionRefused or HostDown or HostUnreachable or NetworkUnreachable or MessageSize;

    public static SocketError ToSocketError(int error) => error switch
    {
        ConnectionRefused => SocketError.ConnectionRefused,
        HostUnreachable => SocketError.HostUnreachable,
        HostDown => SocketError.HostDown,
        NetworkUnreachable => SocketError.NetworkUnreachable,
        NetworkDown => SocketError.NetworkDown,
        MessageSize => SocketError.MessageSize,
        AccessDenied or NotPermitted => SocketError.AccessDenied,
        AddressNotAvailable or InvalidArgument => SocketError.AddressNotAvailable,
        _ => SocketError.Success,
    };
}
