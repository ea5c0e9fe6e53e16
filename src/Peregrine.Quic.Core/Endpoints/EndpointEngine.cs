using System.Diagnostics.CodeAnalysis;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What a socket's datagrams mean, before any connection: it routes them by connection ID, opens server connections for valid Initial
/// packets,
/// and answers what needs no state (version negotiation, stateless reset). Routing is cheap whatever comes; what a stranger costs is
/// apart, in
/// <see cref="Accept"/>, so that the caller can put it off. It never blocks or asks the time. <see cref="Receive"/> and
/// <see cref="Accept"/>
/// are for one caller at a time; <see cref="Connect"/> may be called from anywhere.
/// </summary>
internal sealed class EndpointEngine
{
    /// <summary>RFC 9000 §14.1: a smaller datagram opens no connection.</summary>
    private const int MinInitialDatagram = 1200;

    /// <summary>RFC 9000 §7.2: a client's first Destination Connection ID is at least this long.</summary>
    private const int MinClientChosenIdLength = 8;

    private readonly EndpointSettings _settings;
    private readonly TlsCryptography _cryptography;
    private readonly ConnectionIdTable _table;
    private readonly Admission _admission;
    private readonly TokenBucket _replies;
    private readonly byte[] _scratch = new byte[ushort.MaxValue];

    public EndpointEngine(EndpointSettings settings, TlsCryptography cryptography)
    {
        _settings = settings;
        _cryptography = cryptography;
        _admission = new Admission(settings);
        _replies = new TokenBucket(settings.StatelessRepliesPerSecond);
        var key = settings.StatelessResetKey;
        if (key.IsEmpty)
        {
            var random = new byte[32];
            cryptography.Random.Fill(random);
            key = random;
        }

        _table = new ConnectionIdTable(cryptography.Random, key, _admission);
    }

    /// <summary>Turned off when a listener stops: connections go on, new ones are dropped.</summary>
    public bool AcceptsConnections { get; set; } = true;

    public EndpointCounters Counters { get; } = new();

    /// <summary>Server connections whose handshake is under way, or that failed and are not over yet.</summary>
    public int HalfOpenCount => _admission.HalfOpenCount;

    /// <summary>Server connections, whatever their state.</summary>
    public int ConnectionCount => _admission.ConnectionCount;

    public int RoutedIdCount => _table.Count;

    /// <summary>Says what to do with one datagram; a response goes into <paramref name="response"/> (at least 1,200 bytes).</summary>
    public EndpointResult Receive(Span<byte> datagram, in NetworkPath path, Instant now, Span<byte> response)
    {
        if (!InvariantHeader.TryParse(datagram, out var invariant))
            return Drop();
        if (!invariant.IsLong)
            return ReceiveShort(datagram, now, response);
        if (invariant.Version != QuicVersion.Negotiation && !QuicVersion.IsSupported(invariant.Version))
            return NegotiateVersion(datagram, invariant, now, response);
        if (!ConnectionId.TryFromSpan(invariant.DestinationConnectionId, out var destination))
            return Drop();
        if (_table.TryFind(destination, out var connection))
            return new EndpointResult(EndpointAction.Deliver, connection);
        return IsAcceptable(datagram, out _) ? new EndpointResult(EndpointAction.Newcomer) : Drop();
    }

    /// <summary>
    /// Opens a connection for a datagram that <see cref="Receive"/> called a newcomer, now or a while ago. What it costs before the packet
    /// is
    /// known to be genuine is the client's Initial keys and one pass over it.
    /// </summary>
    public EndpointResult Accept(ReadOnlySpan<byte> datagram, in NetworkPath path, Instant now, Span<byte> response)
    {
        if (!IsAcceptable(datagram, out var header))
            return Drop();
        if (_table.TryFind(header.DestinationConnectionId, out var connection))
            return new EndpointResult(EndpointAction.Deliver, connection);

        var verdict = _admission.Judge(path.Remote);
        if (verdict == AdmissionVerdict.Drop)
        {
            Counters.OnOverHalfOpen();
            return new EndpointResult(EndpointAction.Drop);
        }

        if (verdict == AdmissionVerdict.Refuse && !_replies.TryTake(now))
        {
            Counters.OnRefusedInSilence();
            return new EndpointResult(EndpointAction.Drop);
        }

        if (TryOpen(datagram, header) is not { } clientKeys)
        {
            Counters.OnForged();
            return new EndpointResult(EndpointAction.Drop);
        }

        if (verdict == AdmissionVerdict.Refuse)
        {
            clientKeys.Dispose();
            Counters.OnRefused();
            return new EndpointResult(EndpointAction.Respond, null, RefusalPacket.Write(response, header, _cryptography.Random));
        }

        var keys = new PacketKeys(clientKeys, InitialKeys.DeriveServer(header.Version, header.DestinationConnectionId));
        connection = ConnectionEngine.CreateServer(new ConnectionSettings(), _cryptography, _table, path, header, keys, now);
        _table.TryAdd(header.DestinationConnectionId, connection);
        _admission.OnAccepted();
        Counters.OnAccepted();
        return new EndpointResult(EndpointAction.Accept, connection);
    }

    /// <summary>
    /// The connection that sent a datagram whose beginning the network quotes back. Only handshake packets tell, by their source connection
    /// ID, which nobody off the path can know.
    /// </summary>
    public bool TryFindSender(ReadOnlySpan<byte> quoted, [NotNullWhen(true)] out ConnectionEngine? connection)
    {
        connection = null;
        return InvariantHeader.TryParse(quoted, out var header)
            && header.IsLong
            && ConnectionId.TryFromSpan(header.SourceConnectionId, out var source)
            && _table.TryFind(source, out connection)
            && connection is not null;
    }

    public ConnectionEngine Connect(ConnectionSettings settings, TlsClientSettings tls, in NetworkPath path, Instant now) =>
        ConnectionEngine.CreateClient(settings, tls, _cryptography, _table, path, now);

    private EndpointResult ReceiveShort(ReadOnlySpan<byte> datagram, Instant now, Span<byte> response)
    {
        if (!PacketHeader.TryParse(datagram, ConnectionId.IssuedLength, out var header))
            return Drop();
        if (_table.TryFind(header.DestinationConnectionId, out var connection))
            return new EndpointResult(EndpointAction.Deliver, connection);

        // RFC 9000 §10.3: whoever sends this has a connection that we have lost.
        var length = StatelessReset.LengthFor(datagram.Length);
        if (length == 0 || !_replies.TryTake(now))
            return Drop();
        StatelessReset.Write(response[..length], _table.TokenOf(header.DestinationConnectionId), _cryptography.Random);
        return new EndpointResult(EndpointAction.Respond, null, length);
    }

    private EndpointResult NegotiateVersion(ReadOnlySpan<byte> datagram, in InvariantHeader header, Instant now, Span<byte> response)
    {
        // RFC 9000 §5.2.2, §6.1: only for datagrams that could open a connection, and not too often.
        if (!CanAccept || datagram.Length < MinInitialDatagram || !_replies.TryTake(now))
            return Drop();
        Span<byte> random = stackalloc byte[4];
        _cryptography.Random.Fill(random);
        var length = VersionNegotiationPacket.Write(
            response, header.DestinationConnectionId, header.SourceConnectionId, BitConverter.ToUInt32(random));
        return new EndpointResult(EndpointAction.Respond, null, length);
    }

    private bool CanAccept => _settings.AcceptsConnections && AcceptsConnections;

    private bool IsAcceptable(ReadOnlySpan<byte> datagram, out PacketHeader header)
    {
        header = default;
        return CanAccept
            && datagram.Length >= MinInitialDatagram
            && PacketHeader.TryParse(datagram, ConnectionId.IssuedLength, out header)
            && header.Type == PacketType.Initial
            && header.DestinationConnectionId.Length >= MinClientChosenIdLength
            && header.Length <= _scratch.Length;
    }

    // A copy is opened, so that garbage leaves nothing behind (robustness H4), and without an exception (robustness H9).
    private DirectionKeys? TryOpen(ReadOnlySpan<byte> datagram, in PacketHeader header)
    {
        var keys = InitialKeys.DeriveClient(header.Version, header.DestinationConnectionId);
        var copy = _scratch.AsSpan(0, header.Length);
        datagram[..header.Length].CopyTo(copy);
        var offset = header.PacketNumberOffset;
        if (PacketProtection.TryRemoveHeaderProtection(keys.Header, copy, offset, 0, out var number, out var numberLength)
            && PacketProtection.TryOpen(keys.Payload, copy, offset, numberLength, number, out _))
        {
            return keys;
        }

        keys.Dispose();
        return null;
    }

    private EndpointResult Drop()
    {
        Counters.OnOther();
        return new EndpointResult(EndpointAction.Drop);
    }
}
