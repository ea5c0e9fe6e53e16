using System.Diagnostics.Metrics;

namespace Peregrine.Http3;

/// <summary>The meter named <c>Peregrine.Http3</c>. Listeners are the application's code: no instrument is used under a lock.</summary>
internal static class Http3Metrics
{
    public const string Name = "Peregrine.Http3";

    private static readonly Meter Meter = new(Name);

    /// <summary>Exchanges that are under way, by role.</summary>
    public static readonly UpDownCounter<int> ActiveRequests = Meter.CreateUpDownCounter<int>(
        "peregrine.http3.active_requests", "{request}", "Requests that are under way, on either side.");

    public static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "peregrine.http3.requests.rejected", "{request}", "Requests that a server rejected without looking at them, by reason.");

    public static readonly Counter<long> Errors = Meter.CreateCounter<long>(
        "peregrine.http3.connection.errors", "{connection}", "Connections closed because of an error found on this side, by code.");

    public static readonly Counter<long> Glitches = Meter.CreateCounter<long>(
        "peregrine.http3.glitches", "{event}", "Things a peer sent that were legal and useless.");

    public static readonly Counter<long> DatagramsDropped = Meter.CreateCounter<long>(
        "peregrine.http3.datagrams.dropped", "{datagram}", "Datagrams that no request and no extension wanted.");

    public static KeyValuePair<string, object?> Role(bool isServer) => new("peregrine.role", isServer ? "server" : "client");

    public static KeyValuePair<string, object?> ErrorType(Http3ErrorCode code) => new("error.type", Http3ErrorCodes.NameOf(code));
}
