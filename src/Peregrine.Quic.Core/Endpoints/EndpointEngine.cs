using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What a socket's datagrams mean, before any connection: it routes them by connection ID, opens server connections for valid Initial packets,
/// and answers what needs no state (version negotiation, stateless reset). It never blocks or asks the time. <see cref="Receive"/> is for one
/// caller at a time; <see cref="Connect"/> may be called from anywhere.
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
    private readonly TokenBucket _replies;
    private readonly byte[] _scratch = new byte[ushort.MaxValue];

    public EndpointEngine(EndpointSettings settings, TlsCryptography cryptography)
    {
        _settings = settings;
        _cryptography = cryptography;
        _replies = new TokenBucket(settings.StatelessRepliesPerSecond);
        var key = settings.StatelessResetKey;
        if (key.IsEmpty)
        {
            var random = new byte[32];
            cryptography.Random.Fill(random);
            key = random;
        }

        _table = new ConnectionIdTable(cryptography.Random, key);
    }

    /// <summary>Turned off when a listener stops: connections go on, new ones are dropped.</summary>
    public bool AcceptsConnections { get; set; } = true;

    /// <summary>Datagrams that concerned nobody, or came above a limit.</summary>
    public ulong DroppedCount { get; private set; }

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
        if (!PacketHeader.TryParse(datagram, ConnectionId.IssuedLength, out var header) || header.Type != PacketType.Initial)
            return Drop();
        return Accept(datagram, header, path, now);
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

    private EndpointResult Accept(ReadOnlySpan<byte> datagram, in PacketHeader header, in NetworkPath path, Instant now)
    {
        if (!CanAccept || datagram.Length < MinInitialDatagram || header.DestinationConnectionId.Length < MinClientChosenIdLength)
            return Drop();
        if (_table.HalfOpenCount >= _settings.MaxHalfOpenConnections || header.Length > _scratch.Length)
            return Drop();

        // A copy is opened first, so that garbage leaves nothing behind (robustness H4).
        var keys = InitialKeys.Derive(header.Version, header.DestinationConnectionId, isServer: true);
        var copy = _scratch.AsSpan(0, header.Length);
        datagram[..header.Length].CopyTo(copy);
        if (!PacketProtection.TryRemoveHeaderProtection(keys.Read.Header, copy, header.PacketNumberOffset, 0, out var number, out var numberLength) ||
            !PacketProtection.TryOpen(keys.Read.Payload, copy, header.PacketNumberOffset, numberLength, number, out _))
        {
            keys.Dispose();
            return Drop();
        }

        var connection = ConnectionEngine.CreateServer(new ConnectionSettings(), _cryptography, _table, path, header, keys, now);
        _table.TryAdd(header.DestinationConnectionId, connection);
        _table.OnHandshakeStarted();
        return new EndpointResult(EndpointAction.Accept, connection);
    }

    private EndpointResult Drop()
    {
        DroppedCount++;
        return new EndpointResult(EndpointAction.Drop);
    }
}
