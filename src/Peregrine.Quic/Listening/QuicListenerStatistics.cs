namespace Peregrine.Quic;

/// <summary>
/// Whom a listener has let in and whom not, at the moment it was asked. Counts are since its beginning; the meter <c>Peregrine.Quic</c> has
/// them as <c>peregrine.quic.connections.rejected</c>, over all listeners.
/// </summary>
public readonly record struct QuicListenerStatistics
{
    /// <summary>Connections of any state: those under way, the established, and those that ended and are not forgotten yet.</summary>
    public int Connections { get; init; }

    /// <summary>Those of them whose handshake is not complete (<see cref="QuicListenerOptions.MaxHalfOpenConnections"/>).</summary>
    public int HalfOpenConnections { get; init; }

    /// <summary>Handshakes that wait for a processor.</summary>
    public int HandshakesWaiting { get; init; }

    /// <summary>Connections that were begun.</summary>
    public long ConnectionsBegun { get; init; }

    /// <summary>Handshakes that failed, for whatever reason.</summary>
    public long HandshakesFailed { get; init; }

    /// <summary>
    /// First packets dropped without an answer because <see cref="QuicListenerOptions.MaxHalfOpenConnections"/> handshakes were under way.
    /// </summary>
    public long HandshakesDropped { get; init; }

    /// <summary>Packets of handshakes dropped because too many waited for their turn already: a flood, or a machine too slow.</summary>
    public long QueueDropped { get; init; }

    /// <summary>
    /// Clients told CONNECTION_REFUSED because of <see cref="QuicListenerOptions.MaxConnections"/> or
    /// <see cref="QuicListenerOptions.MaxConnectionsPerAddress"/>.
    /// </summary>
    public long ConnectionsRefused { get; init; }

    /// <summary>Clients over those limits that were not answered, since at most a hundred a second are.</summary>
    public long ConnectionsRefusedInSilence { get; init; }

    /// <summary>First packets that did not decrypt.</summary>
    public long ForgedDropped { get; init; }

    /// <summary>Connections refused because <see cref="QuicListenerOptions.ListenBacklog"/> waited to be accepted.</summary>
    public long BacklogRefused { get; init; }

    internal QuicListenerStatistics Plus(in QuicListenerStatistics other) => new()
    {
        Connections = Connections + other.Connections,
        HalfOpenConnections = HalfOpenConnections + other.HalfOpenConnections,
        HandshakesWaiting = HandshakesWaiting + other.HandshakesWaiting,
        ConnectionsBegun = ConnectionsBegun + other.ConnectionsBegun,
        HandshakesFailed = HandshakesFailed + other.HandshakesFailed,
        HandshakesDropped = HandshakesDropped + other.HandshakesDropped,
        QueueDropped = QueueDropped + other.QueueDropped,
        ConnectionsRefused = ConnectionsRefused + other.ConnectionsRefused,
        ConnectionsRefusedInSilence = ConnectionsRefusedInSilence + other.ConnectionsRefusedInSilence,
        ForgedDropped = ForgedDropped + other.ForgedDropped,
        BacklogRefused = BacklogRefused + other.BacklogRefused,
    };
}
