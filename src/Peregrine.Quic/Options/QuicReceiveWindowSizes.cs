namespace Peregrine.Quic;

/// <summary>
/// How many bytes the peer may send before the application reads, to begin with (RFC 9000 §4). The windows grow by themselves when the
/// application reads faster than they allow.
/// </summary>
public sealed class QuicReceiveWindowSizes
{
    private const int Most = 1 << 30;

    /// <summary>Bytes over all streams together. 384 KiB by default; 1 to 2^30.</summary>
    public int Connection { get; set; } = 384 * 1024;

    /// <summary>Bytes on each bidirectional stream that this side opened. 256 KiB by default; 1 to 2^30.</summary>
    public int LocallyInitiatedBidirectionalStream { get; set; } = 256 * 1024;

    /// <summary>Bytes on each bidirectional stream that the peer opened. 256 KiB by default; 1 to 2^30.</summary>
    public int RemotelyInitiatedBidirectionalStream { get; set; } = 256 * 1024;

    /// <summary>Bytes on each unidirectional stream that the peer opened. 256 KiB by default; 1 to 2^30.</summary>
    public int UnidirectionalStream { get; set; } = 256 * 1024;

    /// <summary>Windows may grow at least this far.</summary>
    internal int LargestOfStreams =>
        Math.Max(LocallyInitiatedBidirectionalStream, Math.Max(RemotelyInitiatedBidirectionalStream, UnidirectionalStream));

    internal void Validate()
    {
        Check(Connection, nameof(Connection));
        Check(LocallyInitiatedBidirectionalStream, nameof(LocallyInitiatedBidirectionalStream));
        Check(RemotelyInitiatedBidirectionalStream, nameof(RemotelyInitiatedBidirectionalStream));
        Check(UnidirectionalStream, nameof(UnidirectionalStream));
    }

    private static void Check(int value, string name)
    {
        if (value is < 1 or > Most)
            throw new ArgumentOutOfRangeException(name, value, $"InitialReceiveWindowSizes.{name} must be from 1 to {Most} bytes.");
    }
}
