using System.Net;
using Microsoft.Extensions.Logging;
using Peregrine.Quic.Core;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// One UDP socket and everything that lives on it: the engine that routes its datagrams, the loop that serves it, the clock, and a count of
/// those who need it: a listener, a client pool, each connection until it is drained. When the count reaches zero the loop ends and closes
/// the socket. It owns the socket.
/// </summary>
internal sealed class Endpoint
{
    private static readonly TlsCryptography Cryptography = new(SystemRandom.Instance);

    private readonly EndpointLoop _loop;
    private int _references = 1;
    private volatile bool _endsEarly;

    public Endpoint(IDatagramSocket socket, EndpointSettings settings, TimeProvider timeProvider, ILogger logger)
    {
        Socket = socket;
        Clock = new Clock(timeProvider);
        Logger = logger;
        Engine = new EndpointEngine(settings, Cryptography);
        _loop = new EndpointLoop(this);
    }

    public IDatagramSocket Socket { get; }

    public EndpointEngine Engine { get; }

    public Clock Clock { get; }

    /// <summary>For what concerns no connection in particular. Not to be called on the loop; see <see cref="OffLock"/>.</summary>
    public ILogger Logger { get; }

    public HandshakeTurns Handshakes { get; } = new(HandshakeTurns.DefaultMaxAtOnce, HandshakeTurns.DefaultMaxWaiting);

    /// <summary>Makes the driver of a new server connection; null on an endpoint that only connects out.</summary>
    public Func<ConnectionEngine, ConnectionDriver>? Accept { get; init; }

    public IPEndPoint LocalEndPoint => Socket.LocalAddress.ToEndPoint();

    /// <summary>Done when the loop has ended and the socket is closed.</summary>
    public Task Stopped => _loop.Stopped;

    /// <summary>Nobody counts on the endpoint any more: the loop is ending.</summary>
    public bool IsUnused => Volatile.Read(ref _references) == 0;

    /// <summary>
    /// Connections are forgotten as soon as they are closed, without the closing period: the socket itself is about to go (RFC 9000 §10.2).
    /// </summary>
    public bool EndsEarly => _endsEarly;

    public LoopCounters Counters => _loop.Counters;

    public void Start() => _loop.Start();

    public ConnectionEngine Connect(ConnectionSettings settings, TlsClientSettings tls, in NetworkAddress remote) =>
        Engine.Connect(settings, tls, new NetworkPath(Socket.LocalAddress, remote), Clock.Now);

    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Says that one who counted is done.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            _loop.Stop();
    }

    /// <summary>From now on <see cref="EndsEarly"/>; done when the connections that are closed already have been forgotten.</summary>
    public Task EndEarlyAsync()
    {
        _endsEarly = true;
        return _loop.ServeAllAsync();
    }

    /// <summary>
    /// Has the loop look at a connection, at the given instant at the latest; <paramref name="isQueued"/> when it was posted and not served
    /// since.
    /// </summary>
    public void Post(ConnectionDriver connection, Instant due, bool isQueued) => _loop.Post(connection, due, isQueued);

    /// <summary>Has the loop serve a connection when the socket has room to send again.</summary>
    public void AwaitRoom(ConnectionDriver connection) => _loop.AwaitRoom(connection);
}
