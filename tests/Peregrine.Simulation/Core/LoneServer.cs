using Peregrine.Quic.Core;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// A listening endpoint whose peers are the test's own bytes. It answers the questions of the handshake and keeps what it sends.
/// </summary>
internal sealed class LoneServer
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _response = new byte[1500];
    private readonly TlsServerSettings _tls;

    public LoneServer(ulong seed = 1, TlsServerSettings? tls = null)
    {
        var random = new SeededRandom(seed);
        _tls = tls ?? SimulatedCryptography.Server(random.Fork());
        Endpoint = new EndpointEngine(new EndpointSettings { AcceptsConnections = true }, new TlsCryptography(random.Fork()));
    }

    public EndpointEngine Endpoint { get; }

    public Instant Now { get; set; } = new(1_000_000_000);

    public ConnectionSettings Settings { get; set; } = new();

    public NetworkPath Path { get; } = new(new NetworkAddress(2, 443), new NetworkAddress(1, 1001));

    public ConnectionEngine? Connection { get; private set; }

    /// <summary>ClientHellos that were understood.</summary>
    public int HellosSeen { get; private set; }

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    public List<int> SentLengths { get; } = [];

    public EndpointAction Receive(byte[] datagram)
    {
        BytesReceived += datagram.Length;
        var copy = datagram.ToArray();
        var result = Endpoint.Receive(copy, Path, Now, _response);
        if (result.Action == EndpointAction.Newcomer)
            result = Endpoint.Accept(copy, Path, Now, _response);
        if (result.Action == EndpointAction.Accept)
            Connection = result.Connection;
        result.Connection?.Receive(copy, Path, EcnCodepoint.NotEct, Now);
        if (Connection is not null)
            Pump(Connection);
        return result.Action;
    }

    /// <summary>Lets every timer of the connection fire that falls into the time.</summary>
    public void Pass(Duration time)
    {
        var end = Now + time;
        while (Connection is not null && Connection.NextTimeout <= end)
        {
            Now = Instant.Max(Now, Connection.NextTimeout);
            Connection.OnTimeout(Now);
            Pump(Connection);
        }

        Now = end;
    }

    private void Pump(ConnectionEngine connection)
    {
        while (connection.Events.TryTake(out var taken))
        {
            if (taken.Kind != ConnectionEventKind.NeedsServerOptions)
                continue;
            HellosSeen++;
            connection.ProvideServerOptions(Settings, _tls, Now);
        }

        while (connection.TryTransmit(_buffer, 10, Now, out var sent))
        {
            BytesSent += sent.Length;
            for (var offset = 0; offset < sent.Length; offset += sent.SegmentSize)
                SentLengths.Add(Math.Min(sent.SegmentSize, sent.Length - offset));
        }
    }
}
