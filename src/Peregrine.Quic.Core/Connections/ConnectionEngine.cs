using System.Diagnostics;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// One QUIC connection as a deterministic state machine: datagrams, time and decisions come in as arguments; datagrams and events come out.
/// It never blocks, locks, or asks the time. The caller serialises all calls and keeps this order:
/// <list type="number">
/// <item>input: <see cref="Receive"/>, <see cref="OnTimeout"/>, a write or read on a stream, a queued datagram, <see cref="Close"/>;</item>
/// <item>then <see cref="TryTransmit"/> until it returns false, sending what it wrote;</item>
/// <item>then <see cref="Events"/> until empty; then sleep until <see cref="NextTimeout"/>.</item>
/// </list>
/// This file is the table of contents: each part it names owns the state of one RFC chapter.
/// </summary>
internal sealed class ConnectionEngine
{
    private readonly PacketSpaces _spaces;
    private readonly PacketReceiver _receiver;
    private readonly PacketAssembler _assembler;
    private readonly SentFrameFates _fates;
    private readonly IConnectionIdRouter _router;
    private readonly BlockPool _pool = new();
    private readonly CloseState _close = new();
    private LossRecovery? _recovery;
    private IRandomSource? _random;

    private ConnectionEngine(
        bool isServer, ConnectionSettings settings, IConnectionIdRouter router, in NetworkPath path,
        in ConnectionId originalDestination, in ConnectionId remoteId, PacketKeys initialKeys, Instant now)
    {
        IsServer = isServer;
        Settings = settings;
        Path = path;
        OriginalDestination = originalDestination;
        _router = router;
        _spaces = new PacketSpaces(_pool);
        _spaces.Initial.ReadKeys = initialKeys.Read;
        _spaces.Initial.WriteKeys = initialKeys.Write;
        LocalIds = new LocalConnectionIds(this, router);
        RemoteIds = new RemoteConnectionIds(remoteId);
        Validation = new AddressValidation(isValidated: !isServer);
        Idle = new IdleTimer(settings.IdleTimeout, settings.HandshakeTimeout, settings.KeepAlive, now);
        _receiver = new PacketReceiver(this);
        _assembler = new PacketAssembler(this);
        _fates = new SentFrameFates(this);
    }

    /// <summary>The driver's object for this connection.</summary>
    public object? Owner { get; set; }

    public bool IsServer { get; }

    /// <summary>On a server the endpoint's defaults until the application has chosen.</summary>
    public ConnectionSettings Settings { get; private set; }

    public ConnectionEvents Events { get; } = new();

    /// <summary>Exists from the start on a client, and once options are given on a server.</summary>
    public StreamSet Streams { get; private set; } = null!;

    /// <inheritdoc cref="Streams"/>
    public DatagramQueues Datagrams { get; private set; } = null!;

    public TlsHandshake Tls => Handshake.Tls;

    public NetworkPath Path { get; }

    public bool IsReadyToSend => Handshake.IsReadyToSend;

    public bool IsHandshakeComplete => Handshake.IsComplete;

    public bool HandshakeConfirmed => Handshake.IsConfirmed;

    public bool PeerSupportsReliableReset => Handshake.PeerSupportsReliableReset;

    /// <summary>Closing, draining or drained: nothing but the close itself happens any more.</summary>
    public bool IsClosed => _close.Phase != ClosePhase.Open;

    public bool IsDrained => _close.Phase == ClosePhase.Drained;

    /// <summary>Why the connection ended; null while it has not.</summary>
    public QuicFault? Fault => _close.Fault;

    /// <summary>When <see cref="OnTimeout"/> is due; <see cref="Instant.Never"/> once drained.</summary>
    public Instant NextTimeout
    {
        get
        {
            if (IsClosed)
                return IsDrained ? Instant.Never : _close.Deadline;
            var next = Instant.Min(Idle.IdleDeadline(ProbeTimeout), Idle.HandshakeDeadline);
            next = Instant.Min(next, Idle.KeepAliveDeadline);
            next = Instant.Min(next, BlockedDeadline);
            if (Streams is not null)
                next = Instant.Min(next, Streams.NextTimeout);
            next = Instant.Min(next, _assembler.PacedUntil);
            next = Instant.Min(next, SpaceOf(PacketNumberSpace.Application).Acks.Deadline);
            if (OneRtt is not null)
                next = Instant.Min(next, OneRtt.NextTimeout);
            return _recovery is null ? next : Instant.Min(next, _recovery.NextTimeout);
        }
    }

    public ConnectionStatistics Statistics => new()
    {
        SmoothedRtt = _recovery?.SmoothedRtt ?? Duration.Zero,
        LatestRtt = _recovery?.Rtt.Latest ?? Duration.Zero,
        MinRtt = _recovery?.Rtt.Min ?? Duration.Zero,
        RttVariation = _recovery?.Rtt.Variation ?? Duration.Zero,
        CongestionWindow = _recovery?.CongestionWindow ?? 0,
        BytesInFlight = _recovery?.BytesInFlight ?? 0,
        PacketsSent = _recovery?.PacketsSent ?? 0,
        PacketsLost = _recovery?.PacketsLost ?? 0,
        BytesSent = _assembler.BytesSent,
        BytesReceived = _receiver.BytesReceived,
        PacketsReceived = _receiver.PacketsReceived,
        PacketsDropped = _receiver.PacketsDropped,
        DatagramsSent = Datagrams?.SentCount ?? 0,
        DatagramsReceived = Datagrams?.ReceivedCount ?? 0,
        DatagramsDropped = Datagrams?.DroppedCount ?? 0,
        DatagramsLost = Datagrams?.LostCount ?? 0,
    };

    // The parts. They reach one another through this object.
    internal HandshakeProgress Handshake { get; private set; } = null!;

    internal LocalConnectionIds LocalIds { get; }

    internal RemoteConnectionIds RemoteIds { get; }

    internal AddressValidation Validation { get; }

    internal PathResponses PathResponses { get; } = new();

    internal IdleTimer Idle { get; }

    internal OneRttKeys? OneRtt => _spaces.Application.OneRtt;

    internal CloseState CloseState => _close;

    /// <summary>The Destination Connection ID of the client's first Initial packet.</summary>
    internal ConnectionId OriginalDestination { get; }

    /// <summary>Made on first use, so that a server's comes with the settings that the application chose.</summary>
    internal LossRecovery Recovery =>
        _recovery ??= new LossRecovery(
            Settings.Recovery, Settings.Recovery.Congestion.CreateController(), IsServer, _spaces.Sent, _fates);

    private Instant BlockedDeadline => Streams is { IsBlocked: true } ? Idle.BlockedDeadline : Instant.Never;

    internal Duration ProbeTimeout => _recovery?.PtoForClosing ?? Settings.Recovery.InitialRtt * 3;

    /// <summary>Opens a client connection; the first <see cref="TryTransmit"/> gives its Initial packets.</summary>
    public static ConnectionEngine CreateClient(
        ConnectionSettings settings, TlsClientSettings tlsSettings, TlsCryptography cryptography, IConnectionIdRouter router,
        in NetworkPath path, Instant now)
    {
        // RFC 9000 §7.2: at least 8 unpredictable bytes; the server's own ID replaces them.
        var destination = ConnectionId.Random(cryptography.Random, ConnectionId.IssuedLength);
        var keys = InitialKeys.Derive(QuicVersion.V1, destination, isServer: false);
        var engine = new ConnectionEngine(isServer: false, settings, router, path, destination, destination, keys, now);
        engine.CreateStreams();

        Span<byte> parameters = stackalloc byte[LocalParameters.MaxLength];
        var length = LocalParameters.Write(engine, cryptography.Random, parameters);
        var tls = new TlsClient(tlsSettings, parameters[..length], cryptography);
        engine.Handshake = new HandshakeProgress(engine, tls);
        tls.Start();
        engine.CloseOn(engine.Handshake.Pump(now), now);
        return engine;
    }

    /// <summary>A server connection for a client's first Initial packet, which <paramref name="initialKeys"/> opened already.</summary>
    public static ConnectionEngine CreateServer(
        ConnectionSettings defaults, TlsCryptography cryptography, IConnectionIdRouter router, in NetworkPath path, in PacketHeader initial,
        PacketKeys initialKeys, Instant now)
    {
        var engine = new ConnectionEngine(
            isServer: true, defaults, router, path, initial.DestinationConnectionId, initial.SourceConnectionId, initialKeys, now);
        engine._random = cryptography.Random;
        engine.Handshake = new HandshakeProgress(engine, new TlsServer(cryptography));
        return engine;
    }

    /// <summary>Takes one datagram, which is decrypted in place.</summary>
    public void Receive(Span<byte> datagram, in NetworkPath path, EcnCodepoint ecn, Instant now) => _receiver.Receive(datagram, path, ecn, now);

    /// <summary>
    /// Writes the datagrams that are due now, up to <paramref name="maxSegments"/> of equal size back to back (the last may be shorter),
    /// into
    /// <paramref name="buffer"/>; false when there is nothing to send, or not yet.
    /// </summary>
    public bool TryTransmit(Span<byte> buffer, int maxSegments, Instant now, out Transmission transmission)
    {
        if (_recovery is not null)
            Streams?.Observe(now, _recovery.Rtt.Min, _recovery.CongestionWindow);
        return _assembler.TryTransmit(buffer, maxSegments, now, out transmission);
    }

    public void OnTimeout(Instant now)
    {
        if (IsClosed)
        {
            if (!IsDrained && now >= _close.Deadline)
                Drain(Fault!);
            return;
        }

        if (now >= Idle.HandshakeDeadline)
        {
            Drain(QuicFault.Timeout("The handshake took too long."));
            return;
        }

        if (now >= Idle.IdleDeadline(ProbeTimeout))
        {
            Drain(QuicFault.Timeout("Nothing was received for the idle timeout.")); // RFC 9000 §10.1: silently
            return;
        }

        if (now >= Idle.KeepAliveDeadline)
            _assembler.RequestPing();
        if (now >= BlockedDeadline)
            Streams.RepeatBlocked();
        OneRtt?.OnTimeout(now);
        if (_recovery is not null && now >= _recovery.NextTimeout)
            _recovery.OnTimeout(now);
    }

    /// <summary>Server: the application has chosen. The handshake goes on.</summary>
    public void ProvideServerOptions(ConnectionSettings settings, TlsServerSettings tlsSettings, Instant now)
    {
        if (IsClosed)
            return;
        Settings = settings;
        Idle.ApplySettings(settings.IdleTimeout, settings.HandshakeTimeout, settings.KeepAlive);
        CreateStreams();
        Handshake.ApplyPeerParameters();

        Span<byte> parameters = stackalloc byte[LocalParameters.MaxLength];
        var length = LocalParameters.Write(this, _random!, parameters);
        ((TlsServer)Tls).ProvideServerOptions(tlsSettings, parameters[..length]);
        ContinueHandshake(now);
    }

    /// <summary>Server: the application wants no connection with this client.</summary>
    public void Refuse(TlsFailure failure, Instant now)
    {
        if (IsClosed)
            return;
        ((TlsServer)Tls).Refuse(failure);
        CloseOn(Handshake.Pump(now), now);
    }

    /// <summary>Client: what the driver thinks of the server's certificate; null when it is fine.</summary>
    public void ProvideCertificateVerdict(TlsFailure? failure, Instant now)
    {
        if (IsClosed)
            return;
        ((TlsClient)Tls).ProvideCertificateVerdict(failure);
        ContinueHandshake(now);
    }

    /// <summary>Ends the connection at once with CONNECTION_CLOSE (RFC 9000 §10.2). Calling it again changes nothing.</summary>
    public void Close(QuicFault fault, Instant now)
    {
        if (!_close.TryEnter(ClosePhase.Closing, fault, now + (ProbeTimeout * 3)))
            return;
        OnClosed();
    }

    internal PacketSpace SpaceOf(PacketNumberSpace space) => _spaces[space];

    internal void CloseOn(QuicFault? fault, Instant now)
    {
        if (fault is not null)
            Close(fault, now);
    }

    internal void OnPeerClose(in ConnectionCloseFrame close, Instant now)
    {
        var fault = QuicFault.FromPeer(close.IsApplication, close.ErrorCode, close.TriggeringFrameType, close.ReasonText());
        EnterDraining(fault, now);
    }

    /// <summary>RFC 9000 §10.2.2, §10.3.1: nothing is sent any more.</summary>
    internal void EnterDraining(QuicFault fault, Instant now)
    {
        var wasOpen = !IsClosed;
        if (_close.TryEnter(ClosePhase.Draining, fault, now + (ProbeTimeout * 3)) && wasOpen)
            OnClosed();
    }

    /// <summary>Straight to the end, without a word on the wire.</summary>
    internal void Drain(QuicFault fault)
    {
        var wasOpen = !IsClosed;
        if (!_close.TryEnter(ClosePhase.Drained, fault, Instant.Never))
            return;
        if (wasOpen)
            OnClosed();
        LocalIds.RetireAll();
        if (IsServer)
        {
            _router.Retire(OriginalDestination);
            _router.OnDrained(Path, IsHandshakeComplete); // only now: what closes still holds its memory
        }

        foreach (var space in _spaces.All)
            space.Discard();
        Tls.Dispose();
        Events.Add(ConnectionEventKind.Drained);
    }

    internal void InstallOneRttWrite(CipherSuite suite, ReadOnlySpan<byte> secret) =>
        _spaces.Application.OneRtt = new OneRttKeys(suite, secret);

    /// <summary>A datagram came: on an unvalidated path it is credit, which lets the probe timer run again (robustness H1).</summary>
    internal void OnDatagramCredited(int bytes)
    {
        Validation.OnDatagramReceived(bytes);
        if (_recovery is not null)
            _recovery.AtAntiAmplificationLimit = false;
    }

    internal void OnAddressValidated(Instant now)
    {
        if (Validation.IsValidated)
            return;
        Validation.Validate();
        Recovery.AtAntiAmplificationLimit = false;
    }

    /// <summary>RFC 9001 §4.9: the keys of a level are dropped, and with them all that was in flight there.</summary>
    internal void DiscardSpace(PacketNumberSpace space)
    {
        var state = SpaceOf(space);
        if (state.IsDiscarded)
            return;
        state.Discard();
        Recovery.OnSpaceDiscarded(space);
        _pool.Trim(); // what the handshake needed an idle connection need not keep
        if (space == PacketNumberSpace.Handshake && IsServer)
            _router.Retire(OriginalDestination);
    }

    /// <summary>The endpoint counts handshakes that are under way, and connections for each address.</summary>
    internal QuicFault? OnHandshakeComplete() => !IsServer || _router.OnHandshakeComplete(Path)
        ? null
        : QuicFault.ConnectionRefused("The server has as many connections with this address as it wants.");

    internal void ApplyDatagramLimits() =>
        Datagrams.SetLimits(Handshake.PeerMaxDatagramFrameSize, _assembler.OneRttPayloadRoom);

    private void ContinueHandshake(Instant now)
    {
        CloseOn(Handshake.Pump(now), now);
        if (!IsClosed && Handshake.HasNewReadKeys)
            _receiver.RetryUndecryptable(now);
    }

    private void CreateStreams()
    {
        Streams = new StreamSet(IsServer, Settings.Streams, _pool, Events);
        Datagrams = new DatagramQueues(Settings.Datagrams, Events);
    }

    private void OnClosed()
    {
        _receiver.Clear();
        Streams?.CloseAll();
        Datagrams?.Close();
        PathResponses.Clear();
        Events.Add(ConnectionEventKind.Closed);
    }
}
