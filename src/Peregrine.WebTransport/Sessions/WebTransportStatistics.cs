namespace Peregrine.WebTransport;

/// <summary>
/// How a session fares, at the moment it was asked. Times, bytes and packets are those of the connection underneath, which several
/// sessions may share; counts are since its beginning.
/// </summary>
public readonly record struct WebTransportStatistics
{
    /// <summary>The smoothed round-trip time (RFC 9002 §5.3).</summary>
    public TimeSpan SmoothedRoundTripTime { get; init; }

    /// <summary>The least round-trip time seen (RFC 9002 §5.2).</summary>
    public TimeSpan MinRoundTripTime { get; init; }

    /// <summary>The latest round-trip time.</summary>
    public TimeSpan LatestRoundTripTime { get; init; }

    /// <summary>The mean variation of the round-trip time (RFC 9002 §5.3).</summary>
    public TimeSpan RoundTripTimeVariation { get; init; }

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

    /// <summary>Datagrams this session received, including those in <see cref="DatagramsReceiveDropped"/>.</summary>
    public long DatagramsReceived { get; init; }

    /// <summary>
    /// Datagrams that arrived and were dropped, oldest first, because the application did not fetch them in time. Those that gave way
    /// before
    /// it was looked at whose they were count for every session of the connection.
    /// </summary>
    public long DatagramsReceiveDropped { get; init; }

    /// <summary>Datagrams of this session that were taken for sending.</summary>
    public long DatagramsSent { get; init; }

    /// <summary>Sent datagrams of the connection whose packets were declared lost.</summary>
    public long DatagramsLost { get; init; }

    /// <summary>Streams of this session that are open now, in either direction.</summary>
    public int OpenStreams { get; init; }

    /// <summary>Streams of this session that this side opened, of both kinds.</summary>
    public long StreamsOpened { get; init; }

    /// <summary>Streams of this session that the peer opened and this side took in, of both kinds, whether the application has accepted
    /// them yet or not.</summary>
    public long StreamsAccepted { get; init; }
}
