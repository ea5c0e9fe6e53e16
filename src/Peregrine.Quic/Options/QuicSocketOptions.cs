namespace Peregrine.Quic;

/// <summary>How the UDP socket below is set up.</summary>
public sealed class QuicSocketOptions
{
    /// <summary>The kernel's receive buffer in bytes (SO_RCVBUF). 4 MiB by default; the system may grant less.</summary>
    public int ReceiveBufferSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>The kernel's send buffer in bytes (SO_SNDBUF). 4 MiB by default; the system may grant less.</summary>
    public int SendBufferSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Whether many packets go to and come from the kernel in one call (Linux UDP_SEGMENT and UDP_GRO). Null, the default, means
    /// when the kernel can; false forces the portable sockets; true fails where the kernel cannot.
    /// </summary>
    public bool? UseSegmentationOffload { get; set; }

    /// <summary>Makes the socket instead of the operating system: the simulated network and fault injection.</summary>
    internal Func<System.Net.IPEndPoint, IDatagramSocket>? Factory { get; set; }

    internal void Validate()
    {
        if (ReceiveBufferSize < 4096)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ReceiveBufferSize), ReceiveBufferSize, "Socket.ReceiveBufferSize must be at least 4096 bytes.");
        }

        if (SendBufferSize < 4096)
        {
            throw new ArgumentOutOfRangeException(
                nameof(SendBufferSize), SendBufferSize, "Socket.SendBufferSize must be at least 4096 bytes.");
        }
    }
}
