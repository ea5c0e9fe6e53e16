using System.Collections.Concurrent;

namespace Peregrine.Http3;

/// <summary>Which request stream wants its datagrams, and where. One entry for each that asked, removed when it is disposed.</summary>
internal sealed class DatagramRoutes
{
    private readonly ConcurrentDictionary<long, Route> _routes = new();

    public void Set(Http3RequestStream stream, Http3DatagramReceiver? receiver)
    {
        if (receiver is null)
            _routes.TryRemove(stream.StreamId, out _);
        else
            _routes[stream.StreamId] = new Route(stream, receiver);
    }

    public bool TryGet(long streamId, out Route route) => _routes.TryGetValue(streamId, out route);

    internal readonly record struct Route(Http3RequestStream Stream, Http3DatagramReceiver Receiver);
}
