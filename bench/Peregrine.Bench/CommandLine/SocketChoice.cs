using Peregrine.Quic;

namespace Peregrine.Bench;

/// <summary>The options of the UDP socket that both sides use.</summary>
internal static class SocketChoice
{
    public static QuicSocketOptions CreateSocketOptions(this BenchOptions options) =>
        new() { UseSegmentationOffload = options.IsPortable ? false : null };
}
