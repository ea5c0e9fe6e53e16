using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>How the UDP socket below is set up.</summary>
public sealed class WebTransportSocketOptions
{
    /// <summary>The kernel's receive buffer in bytes (SO_RCVBUF). 4 MiB by default; at least 4,096; the system may grant less.</summary>
    public int ReceiveBufferSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>The kernel's send buffer in bytes (SO_SNDBUF). 4 MiB by default; at least 4,096; the system may grant less.</summary>
    public int SendBufferSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Whether many packets go to and come from the kernel in one call (Linux UDP_SEGMENT and UDP_GRO). Null, the default, means
    /// when the kernel can; false forces the portable sockets; true fails where the kernel cannot.
    /// </summary>
    public bool? UseSegmentationOffload { get; set; }

    internal void Validate()
    {
        AtLeast4096(ReceiveBufferSize, nameof(ReceiveBufferSize));
        AtLeast4096(SendBufferSize, nameof(SendBufferSize));
    }

    internal QuicSocketOptions ToQuic() => new()
    {
        ReceiveBufferSize = ReceiveBufferSize,
        SendBufferSize = SendBufferSize,
        UseSegmentationOffload = UseSegmentationOffload,
    };

    private static void AtLeast4096(int value, string name)
    {
        if (value < 4096)
            throw new ArgumentOutOfRangeException($"Socket.{name}", value, $"Socket.{name} must be at least 4096 bytes; 4 MiB is usual.");
    }
}
