using Peregrine.Quic.Core;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// One machine of the virtual network: an endpoint engine, its connections, and an application for each. It drives engines as the contract
/// at
/// <see cref="ConnectionEngine"/> says, and reports every datagram to the invariants.
/// </summary>
internal sealed class Host
{
    private readonly VirtualClock _clock;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _response = new byte[1500];
    private readonly Action<Host, NetworkPath, byte[]> _send;
    private readonly TlsServerSettings _serverTls;

    public Host(VirtualClock clock, SeededRandom random, NetworkAddress address, bool acceptsConnections, Action<Host, NetworkPath, byte[]> send)
    {
        _clock = clock;
        _send = send;
        Address = address;
        Endpoint = new EndpointEngine(new EndpointSettings { AcceptsConnections = acceptsConnections }, new TlsCryptography(random.Fork()));
        _serverTls = SimulatedCryptography.Server(random.Fork());
    }

    public NetworkAddress Address { get; set; }

    public EndpointEngine Endpoint { get; }

    public List<SimulatedConnection> Connections { get; } = [];

    public ConnectionSettings Settings { get; set; } = new();

    public TlsClientSettings ClientTls { get; set; } = SimulatedCryptography.Client();

    /// <summary>Makes the application of each accepted connection.</summary>
    public Func<SimulatedConnection, Application>? Accept { get; set; }

    /// <summary>How many datagrams one transmission may hold.</summary>
    public int MaxSegments { get; set; } = 10;

    public SimulatedConnection Connect(Host server, Func<SimulatedConnection, Application> application)
    {
        var path = new NetworkPath(Address, server.Address);
        var engine = Endpoint.Connect(Settings, ClientTls, path, _clock.Now);
        var connection = Add(engine);
        connection.Application = application(connection);
        Pump(connection);
        return connection;
    }

    public void Receive(byte[] datagram, NetworkPath path)
    {
        var result = Endpoint.Receive(datagram, path, _clock.Now, _response);
        if (result.Action == EndpointAction.Newcomer)
            result = Endpoint.Accept(datagram, path, _clock.Now, _response);
        switch (result.Action)
        {
            case EndpointAction.Respond:
                _send(this, path, _response[..result.ResponseLength]);
                return;
            case EndpointAction.Accept:
                Add(result.Connection!);
                break;
            case EndpointAction.Drop:
                return;
        }

        var connection = (SimulatedConnection)result.Connection!.Owner!;
        connection.Invariants.OnReceived(datagram.Length);
        result.Connection.Receive(datagram, path, EcnCodepoint.NotEct, _clock.Now);
        Pump(connection);
    }

    /// <summary>Events, then datagrams, until neither is left; then the timer.</summary>
    public void Pump(SimulatedConnection connection)
    {
        var engine = connection.Engine;
        for (var progress = true; progress;)
        {
            progress = false;
            while (engine.Events.TryTake(out var taken))
            {
                progress = true;
                OnEvent(connection, taken);
            }

            while (engine.TryTransmit(_buffer, MaxSegments, _clock.Now, out var transmission))
            {
                progress = true;
                Transmit(connection, transmission);
            }
        }

        Arm(connection);
    }

    private SimulatedConnection Add(ConnectionEngine engine)
    {
        var connection = new SimulatedConnection(this, engine);
        engine.Owner = connection;
        Connections.Add(connection);
        return connection;
    }

    private void OnEvent(SimulatedConnection connection, in ConnectionEvent taken)
    {
        switch (taken.Kind)
        {
            case ConnectionEventKind.NeedsServerOptions:
                connection.Application = Accept!(connection);
                connection.Engine.ProvideServerOptions(Settings, _serverTls, _clock.Now);
                break;
            case ConnectionEventKind.NeedsCertificateVerdict:
                connection.Engine.ProvideCertificateVerdict(null, _clock.Now);
                break;
            default:
                connection.Application?.OnEvent(taken);
                break;
        }
    }

    private void Transmit(SimulatedConnection connection, in Transmission transmission)
    {
        for (var offset = 0; offset < transmission.Length; offset += transmission.SegmentSize)
        {
            var length = Math.Min(transmission.SegmentSize, transmission.Length - offset);
            connection.Invariants.OnSent(length);
            _send(this, transmission.Path, _buffer.AsSpan(offset, length).ToArray());
        }
    }

    private void Arm(SimulatedConnection connection)
    {
        var next = connection.Engine.NextTimeout;
        if (next.IsNever || next == connection.ArmedFor)
            return;
        connection.ArmedFor = next;
        _clock.At(next, () =>
        {
            if (connection.ArmedFor != next)
                return;
            connection.ArmedFor = Instant.Never;
            connection.Engine.OnTimeout(_clock.Now);
            Pump(connection);
        });
    }
}
