using Peregrine.WebTransport;

namespace Peregrine.Bench;

/// <summary>The options of the UDP socket that both sides use.</summary>
internal static class SocketChoice
{
    public static WebTransportSocketOptions CreateSocketOptions(this BenchOptions options) =>
        new() { UseSegmentationOffload = options.IsPortable ? false : null };
}
