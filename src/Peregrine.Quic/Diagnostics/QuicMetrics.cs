using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Peregrine.Quic;

/// <summary>The meter and the activity source named <c>Peregrine.Quic</c>.</summary>
internal static class QuicMetrics
{
    public const string Name = "Peregrine.Quic";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    public static readonly UpDownCounter<int> ActiveConnections =
        Meter.CreateUpDownCounter<int>("peregrine.quic.connections.active", "{connection}", "Connections that have not ended.");

    public static readonly Counter<long> EndedConnections =
        Meter.CreateCounter<long>("peregrine.quic.connections.ended", "{connection}", "Connections that ended, by error.");

    public static void OnEnded(QuicError error)
    {
        ActiveConnections.Add(-1);
        EndedConnections.Add(1, new KeyValuePair<string, object?>("error", error.ToString()));
    }
}
