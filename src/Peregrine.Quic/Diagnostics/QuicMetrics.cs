using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Peregrine.Quic;

/// <summary>
/// The meter named <c>Peregrine.Quic</c>. What is counted on the loop or under a lock are plain numbers that listeners read; only the
/// histograms call listeners, and they are recorded by <see cref="ConnectionReport"/>, off both.
/// </summary>
internal static class QuicMetrics
{
    public const string Name = "Peregrine.Quic";

    private static readonly Meter Meter = new(Name);
    private static readonly string[] Errors = Enum.GetNames<QuicError>();
    private static readonly QuicError[] ErrorValues = Enum.GetValues<QuicError>();
    private static readonly long[] EndedByError = new long[(int)ErrorValues[^1] + 1];
    private static readonly long[] FailedByError = new long[(int)ErrorValues[^1] + 1];
    private static long _active;
    private static long _packetsSent;
    private static long _packetsReceived;
    private static long _packetsLost;
    private static long _bytesSent;
    private static long _bytesReceived;

    private static readonly Histogram<double> HandshakeDuration = Meter.CreateHistogram<double>(
        "peregrine.quic.handshake.duration", "s", "How long complete handshakes took.");

    private static readonly Histogram<double> ConnectionDuration = Meter.CreateHistogram<double>(
        "peregrine.quic.connection.duration", "s", "How long connections lasted, by error.type.");

    private static readonly Histogram<double> Rtt = Meter.CreateHistogram<double>(
        "peregrine.quic.rtt", "s", "The smoothed round-trip time of connections when they ended.");

    static QuicMetrics()
    {
        Meter.CreateObservableUpDownCounter(
            "peregrine.quic.active_connections", static () => Volatile.Read(ref _active), "{connection}", "Connections that have not ended.");
        Meter.CreateObservableCounter(
            "peregrine.quic.connections.ended", static () => ByError(EndedByError), "{connection}", "Connections that ended, by error.type.");
        Meter.CreateObservableCounter(
            "peregrine.quic.handshakes.failed",
            static () => ByError(FailedByError),
            "{connection}",
            "Connections that ended before their handshake was complete, by error.type.");
        Meter.CreateObservableCounter(
            "peregrine.quic.packets.sent", static () => Volatile.Read(ref _packetsSent), "{packet}", "Of connections that have ended.");
        Meter.CreateObservableCounter(
            "peregrine.quic.packets.received", static () => Volatile.Read(ref _packetsReceived), "{packet}", "Of connections that have ended.");
        Meter.CreateObservableCounter(
            "peregrine.quic.packets.lost", static () => Volatile.Read(ref _packetsLost), "{packet}", "Of connections that have ended.");
        Meter.CreateObservableCounter(
            "peregrine.quic.bytes",
            static () => new Measurement<long>[]
            {
                new(Volatile.Read(ref _bytesSent), new KeyValuePair<string, object?>("network.io.direction", "transmit")),
                new(Volatile.Read(ref _bytesReceived), new KeyValuePair<string, object?>("network.io.direction", "receive")),
            },
            "By",
            "UDP payload of connections that have ended.");
        Meter.CreateObservableCounter(
            "peregrine.quic.connections.rejected",
            static () => ListenerRegistry.Rejections(),
            "{connection}",
            "First packets of clients that were let in no further, by reason.");
    }

    public static void OnBegun() => Interlocked.Increment(ref _active);

    public static void OnEnded(QuicError error, bool wasComplete, in QuicConnectionStatistics figures)
    {
        Interlocked.Decrement(ref _active);
        Interlocked.Increment(ref EndedByError[(int)error]);
        if (!wasComplete)
            Interlocked.Increment(ref FailedByError[(int)error]);
        Interlocked.Add(ref _packetsSent, figures.PacketsSent);
        Interlocked.Add(ref _packetsReceived, figures.PacketsReceived);
        Interlocked.Add(ref _packetsLost, figures.PacketsLost);
        Interlocked.Add(ref _bytesSent, figures.BytesSent);
        Interlocked.Add(ref _bytesReceived, figures.BytesReceived);
    }

    /// <summary>Calls listeners.</summary>
    public static void Record(in ConnectionReport report)
    {
        var tags = new TagList
        {
            { "network.transport", "udp" },
            { "network.protocol.name", "quic" },
            { "error.type", report.Why.QuicError.ToString() },
        };
        ConnectionDuration.Record(report.Lasted.TotalSeconds, tags);
        if (report.Handshake is { } handshake)
            HandshakeDuration.Record(handshake.TotalSeconds);
        if (report.SmoothedRtt > TimeSpan.Zero)
            Rtt.Record(report.SmoothedRtt.TotalSeconds);
    }

    private static IEnumerable<Measurement<long>> ByError(long[] counts)
    {
        for (var i = 0; i < Errors.Length; i++)
        {
            var count = Volatile.Read(ref counts[(int)ErrorValues[i]]);
            if (count > 0)
                yield return new Measurement<long>(count, new KeyValuePair<string, object?>("error.type", Errors[i]));
        }
    }
}
