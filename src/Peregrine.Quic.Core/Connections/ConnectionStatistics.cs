using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>A reading of a connection's counters.</summary>
internal readonly record struct ConnectionStatistics
{
    public Duration SmoothedRtt { get; init; }

    public Duration LatestRtt { get; init; }

    public Duration MinRtt { get; init; }

    public Duration RttVariation { get; init; }

    public ulong CongestionWindow { get; init; }

    public ulong BytesInFlight { get; init; }

    public ulong BytesSent { get; init; }

    public ulong BytesReceived { get; init; }

    public ulong PacketsSent { get; init; }

    public ulong PacketsReceived { get; init; }

    public ulong PacketsLost { get; init; }

    /// <summary>Packets that did not decrypt, were duplicates, or came without keys.</summary>
    public ulong PacketsDropped { get; init; }

    public ulong DatagramsSent { get; init; }

    public ulong DatagramsReceived { get; init; }

    public ulong DatagramsDropped { get; init; }

    public ulong DatagramsLost { get; init; }
}
