using System.Diagnostics.Metrics;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// The meter named <c>Peregrine.WebTransport</c>. What happens often, or under a lock, is counted in plain numbers that listeners read
/// when they ask, so that no listener's code ever runs there; only the end of a session is told as it happens.
/// </summary>
internal static class WebTransportMetrics
{
    public const string Name = "Peregrine.WebTransport";

    private static readonly Meter Meter = new(Name);
    private static readonly long[] ActiveSessions = new long[2];
    private static readonly long[] OpenedStreams = new long[4];
    private static long _datagramsSent;
    private static long _datagramsReceived;
    private static long _datagramsDropped;

    private static readonly Histogram<double> SessionDuration = Meter.CreateHistogram<double>(
        "peregrine.webtransport.session.duration", "s", "How long sessions lasted that have ended.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400],
        });

    static WebTransportMetrics()
    {
        Meter.CreateObservableUpDownCounter(
            "peregrine.webtransport.active_sessions", ReadSessions, "{session}", "Sessions that are open.");
        Meter.CreateObservableCounter(
            "peregrine.webtransport.streams.opened", ReadStreams, "{stream}", "Streams of sessions opened by either side.");
        Meter.CreateObservableCounter(
            "peregrine.webtransport.datagrams.sent", static () => Interlocked.Read(ref _datagramsSent), "{datagram}",
            "Datagrams of sessions taken for sending.");
        Meter.CreateObservableCounter(
            "peregrine.webtransport.datagrams.received", static () => Interlocked.Read(ref _datagramsReceived), "{datagram}",
            "Datagrams of sessions that arrived.");
        Meter.CreateObservableCounter(
            "peregrine.webtransport.datagrams.dropped", static () => Interlocked.Read(ref _datagramsDropped), "{datagram}",
            "Datagrams of sessions that arrived and were dropped, since the application did not fetch them.");
    }

    public static void OnSessionOpened(EndpointRole role) => Interlocked.Increment(ref ActiveSessions[(int)role]);

    /// <summary>Not under a lock: listeners run in it.</summary>
    public static void OnSessionEnded(EndpointRole role, WebTransportCloseInfo closeInfo, TimeSpan duration)
    {
        Interlocked.Decrement(ref ActiveSessions[(int)role]);
        if (!SessionDuration.Enabled)
            return;
        var initiator = new KeyValuePair<string, object?>("peregrine.webtransport.close.initiator", closeInfo.Initiator switch
        {
            WebTransportCloseInitiator.Local => "local",
            WebTransportCloseInitiator.Peer => "peer",
            _ => "connection",
        });
        if (closeInfo.ConnectionError is { } error)
            SessionDuration.Record(duration.TotalSeconds, RoleTag(role), initiator, new("error.type", error.GetType().FullName));
        else
            SessionDuration.Record(duration.TotalSeconds, RoleTag(role), initiator);
    }

    public static void OnStreamOpened(QuicStreamType type, bool byPeer) =>
        Interlocked.Increment(ref OpenedStreams[(type == QuicStreamType.Bidirectional ? 2 : 0) + (byPeer ? 1 : 0)]);

    public static void OnDatagramSent() => Interlocked.Increment(ref _datagramsSent);

    public static void OnDatagramReceived() => Interlocked.Increment(ref _datagramsReceived);

    public static void OnDatagramsDropped(long count) => Interlocked.Add(ref _datagramsDropped, count);

    private static KeyValuePair<string, object?> RoleTag(EndpointRole role) =>
        new("peregrine.webtransport.role", role == EndpointRole.Client ? "client" : "server");

    private static IEnumerable<Measurement<long>> ReadSessions() =>
    [
        new(Interlocked.Read(ref ActiveSessions[(int)EndpointRole.Client]), RoleTag(EndpointRole.Client)),
        new(Interlocked.Read(ref ActiveSessions[(int)EndpointRole.Server]), RoleTag(EndpointRole.Server)),
    ];

    private static IEnumerable<Measurement<long>> ReadStreams()
    {
        for (var kind = 0; kind < OpenedStreams.Length; kind++)
        {
            yield return new(
                Interlocked.Read(ref OpenedStreams[kind]),
                new KeyValuePair<string, object?>("peregrine.webtransport.stream.type", kind >= 2 ? "bidirectional" : "unidirectional"),
                new KeyValuePair<string, object?>("peregrine.webtransport.stream.initiator", kind % 2 == 1 ? "peer" : "local"));
        }
    }
}
