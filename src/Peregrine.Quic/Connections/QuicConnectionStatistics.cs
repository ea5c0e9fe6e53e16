namespace Peregrine.Quic;

/// <summary>How a connection fares, at the moment it was asked. Counts are since its beginning.</summary>
public readonly record struct QuicConnectionStatistics
{
    /// <summary>The smoothed round-trip time (RFC 9002 §5.3).</summary>
    public TimeSpan SmoothedRtt { get; init; }

    /// <summary>The least round-trip time seen on the path (RFC 9002 §5.2).</summary>
    public TimeSpan MinRtt { get; init; }

    /// <summary>The latest round-trip time.</summary>
    public TimeSpan LatestRtt { get; init; }

    /// <summary>The mean variation of the round-trip time (RFC 9002 §5.3).</summary>
    public TimeSpan RttVariation { get; init; }

    /// <summary>Bytes that may be in flight at once (RFC 9002 §7).</summary>
    public long CongestionWindow { get; init; }

    /// <summary>Bytes sent and neither acknowledged nor given up.</summary>
    public long BytesInFlight { get; init; }

    /// <summary>Bytes of UDP payload sent.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes of UDP payload received.</summary>
    public long BytesReceived { get; init; }

    /// <summary>QUIC packets sent.</summary>
    public long PacketsSent { get; init; }

    /// <summary>QUIC packets received and accepted.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Sent packets that were declared lost.</summary>
    public long PacketsLost { get; init; }

    /// <summary>Received packets that were dropped: duplicates, and what did not decrypt or could not be read.</summary>
    public long PacketsDropped { get; init; }

    /// <summary>Datagrams received and then dropped, oldest first, because the application did not fetch them (RFC 9221 §5).</summary>
    public long DatagramsReceiveDropped { get; init; }

    /// <summary>Datagrams taken for sending and then dropped: they outgrew the path, or the connection closed.</summary>
    public long DatagramsSendDropped { get; init; }

    /// <summary>Sent datagrams whose packets were declared lost.</summary>
    public long DatagramsLost { get; init; }
}
