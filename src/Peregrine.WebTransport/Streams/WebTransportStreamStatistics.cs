namespace Peregrine.WebTransport;

/// <summary>
/// What went over one stream so far, in bytes of the stream's own: without its header, and each byte once however often it was sent.
/// </summary>
public readonly record struct WebTransportStreamStatistics
{
    /// <summary>Bytes that writes have taken.</summary>
    public long BytesWritten { get; init; }

    /// <summary>Bytes that were sent at least once.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes from the start that the peer has acknowledged without a gap.</summary>
    public long BytesAcknowledged { get; init; }

    /// <summary>Bytes that arrived without a gap before them.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Bytes that the application has read.</summary>
    public long BytesRead { get; init; }
}
