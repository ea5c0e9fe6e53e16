using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// Two hosts and the link between them, under one seed. <see cref="Client"/> dials <see cref="Server"/>; <see cref="Run"/> lets virtual
/// time pass.
/// </summary>
internal sealed class SimulatedNetwork
{
    public SimulatedNetwork(ulong seed, LinkConditions? toServer = null, LinkConditions? toClient = null)
    {
        Seed = seed;
        Random = new SeededRandom(seed);
        Client = new Host(Clock, Random.Fork(), new NetworkAddress(1, 1001), acceptsConnections: false, Send);
        Server = new Host(Clock, Random.Fork(), new NetworkAddress(2, 443), acceptsConnections: true, Send);
        ToServer = new Link(Clock, Random.Fork(), toServer ?? LinkConditions.Perfect, (datagram, path) => Server.Receive(datagram, path));
        ToClient = new Link(Clock, Random.Fork(), toClient ?? toServer ?? LinkConditions.Perfect, (datagram, path) => Client.Receive(datagram, path));
    }

    public ulong Seed { get; }

    public SeededRandom Random { get; }

    public VirtualClock Clock { get; } = new();

    public Host Client { get; }

    public Host Server { get; }

    public Link ToServer { get; }

    public Link ToClient { get; }

    /// <summary>Sees every datagram as it is sent; for tests that read or forge the wire.</summary>
    public Action<Host, byte[]>? OnSend { get; set; }

    /// <summary>
    /// Lets time pass until the condition holds; false when <paramref name="limit"/> passes or nothing is left to happen.
    /// </summary>
    public bool Run(Func<bool> until, Duration limit)
    {
        var end = Clock.Now + limit;
        while (!until())
        {
            if (!Clock.Step(end))
                return false;
        }

        return true;
    }

    public void Run(Duration time)
    {
        var end = Clock.Now + time;
        while (Clock.Step(end))
        {
        }
    }

    private void Send(Host from, NetworkPath path, byte[] datagram)
    {
        OnSend?.Invoke(from, datagram);
        var link = from == Client ? ToServer : ToClient;
        link.Send(datagram, new NetworkPath(path.Remote, path.Local));
    }
}
