using Peregrine.Quic.Core;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// A client and a server engine that hand each other their datagrams through one buffer, without a network between: nothing here
/// allocates, so
/// what is measured is the core's.
/// </summary>
internal sealed class DirectPair
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly byte[] _response = new byte[1500];
    private readonly EndpointEngine _serverEndpoint;
    private readonly EndpointEngine _clientEndpoint;
    private readonly TlsServerSettings _serverTls;
    private readonly ConnectionSettings _settings;

    public DirectPair(ConnectionSettings? settings = null, ulong seed = 1, TlsClientSettings? clientTls = null)
    {
        _settings = settings ?? new ConnectionSettings();
        var random = new SeededRandom(seed);
        _serverTls = SimulatedCryptography.Server(random.Fork());
        _serverEndpoint = new EndpointEngine(new EndpointSettings { AcceptsConnections = true }, new TlsCryptography(random.Fork()));
        _clientEndpoint = new EndpointEngine(new EndpointSettings(), new TlsCryptography(random.Fork()));
        Path = new NetworkPath(new NetworkAddress(1, 1001), new NetworkAddress(2, 443));
        Client = _clientEndpoint.Connect(_settings, clientTls ?? SimulatedCryptography.Client(), Path, Now);
    }

    public Instant Now { get; private set; } = new(1_000_000_000);

    public NetworkPath Path { get; }

    public ConnectionEngine Client { get; }

    public ConnectionEngine? Server { get; private set; }

    public EndpointEngine ServerEndpoint => _serverEndpoint;

    /// <summary>Datagrams carried so far.</summary>
    public long DatagramCount { get; private set; }

    /// <summary>Sees each datagram before it is delivered; for tests that read or change the wire.</summary>
    public Action<bool, byte[]>? OnDatagram { get; set; }

    /// <summary>Both sides are through the handshake and have confirmed it.</summary>
    public DirectPair Establish()
    {
        for (var i = 0; i < 20 && !(Client.HandshakeConfirmed && Server is { HandshakeConfirmed: true }); i++)
            Exchange();
        Assert.True(Client.HandshakeConfirmed && Server!.HandshakeConfirmed, $"client {Client.Fault}; server {Server?.Fault}");
        Exchange();
        Exchange();
        return this;
    }

    /// <summary>One turn: timers that are due, then everything the client has to say, then everything the server has.</summary>
    public void Exchange()
    {
        Advance(Duration.FromMicroseconds(100));
        Carry(Client);
        TakeEvents(Client);
        if (Server is null)
            return;
        Carry(Server);
        TakeEvents(Server);
    }

    /// <summary>
    /// Has the client send frames of the test's own making in a 1-RTT packet, by another path if one is given, and delivers what comes
    /// back.
    /// </summary>
    public void SendFromClient(byte[] frames, NetworkPath? path = null)
    {
        var number = Client.Recovery.NextPacketNumber(PacketNumberSpace.Application);
        var padded = frames.Length < 4 ? [.. frames, .. new byte[4 - frames.Length]] : frames;
        var packet = new byte[1 + Client.RemoteIds.Current.Length + 4 + padded.Length + 16];
        var writer = new SpanWriter(packet);
        var numberOffset = ShortHeader.Write(ref writer, Client.RemoteIds.Current, spin: false, Client.OneRtt!.KeyPhase, number, 4);
        writer.WriteBytes(padded);
        Client.OneRtt.Seal(packet, numberOffset, 4, number);
        Client.Recovery.OnPacketSent(PacketNumberSpace.Application, number, packet.Length, ackEliciting: true, inFlight: true, [], Now);
        Server!.Receive(packet, path ?? new NetworkPath(Path.Remote, Path.Local), EcnCodepoint.NotEct, Now);
        TakeEvents(Server);
    }

    /// <summary>What the server sends now, without delivering it.</summary>
    public List<(byte[] Datagram, NetworkPath Path)> TakeFromServer()
    {
        var datagrams = new List<(byte[], NetworkPath)>();
        while (Server!.TryTransmit(_buffer, 16, Now, out var sent))
        {
            for (var offset = 0; offset < sent.Length; offset += sent.SegmentSize)
                datagrams.Add((_buffer.AsSpan(offset, Math.Min(sent.SegmentSize, sent.Length - offset)).ToArray(), sent.Path));
        }

        return datagrams;
    }

    public void Advance(Duration time)
    {
        Now += time;
        if (Client.NextTimeout <= Now)
            Client.OnTimeout(Now);
        if (Server is not null && Server.NextTimeout <= Now)
            Server.OnTimeout(Now);
    }

    private void Carry(ConnectionEngine from)
    {
        while (from.TryTransmit(_buffer, 16, Now, out var sent))
        {
            for (var offset = 0; offset < sent.Length; offset += sent.SegmentSize)
            {
                var datagram = _buffer.AsSpan(offset, Math.Min(sent.SegmentSize, sent.Length - offset));
                DatagramCount++;
                OnDatagram?.Invoke(from == Client, datagram.ToArray());
                Deliver(from, datagram);
            }
        }
    }

    private void Deliver(ConnectionEngine from, Span<byte> datagram)
    {
        var endpoint = from == Client ? _serverEndpoint : _clientEndpoint;
        var path = from == Client ? new NetworkPath(Path.Remote, Path.Local) : Path;
        var result = endpoint.Receive(datagram, path, Now, _response);
        if (result.Action == EndpointAction.Newcomer)
            result = endpoint.Accept(datagram, path, Now, _response);
        if (result.Action == EndpointAction.Accept)
            Server = result.Connection;
        result.Connection?.Receive(datagram, path, EcnCodepoint.NotEct, Now);
        if (Server is not null)
            TakeEvents(Server);
    }

    private void TakeEvents(ConnectionEngine engine)
    {
        while (engine.Events.TryTake(out var taken))
        {
            if (taken.Kind == ConnectionEventKind.NeedsServerOptions)
                engine.ProvideServerOptions(_settings, _serverTls, Now);
            else if (taken.Kind == ConnectionEventKind.NeedsCertificateVerdict)
                engine.ProvideCertificateVerdict(null, Now);
        }
    }
}
