using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Takes a datagram apart: walks its coalesced packets, unprotects each in place, drops what is forged, duplicate or out of season, and
/// hands
/// the frames on (RFC 9000 §12.2, §5.2). It owns the packets that wait for keys and the receive counters.
/// </summary>
internal sealed class PacketReceiver(ConnectionEngine connection)
{
    private readonly FrameProcessor _frames = new(connection);
    private readonly UndecryptablePackets _undecryptable = new();
    private bool _processedAny;

    public ulong BytesReceived { get; private set; }

    public ulong PacketsReceived { get; private set; }

    public ulong PacketsDropped { get; private set; }

    public void Receive(Span<byte> datagram, in NetworkPath path, EcnCodepoint ecn, Instant now)
    {
        BytesReceived += (ulong)datagram.Length;
        if (connection.IsDrained)
            return;

        // One credit for each datagram, whatever it holds (robustness H1).
        connection.OnDatagramCredited(datagram.Length);
        if (connection.IsClosed)
        {
            ReceiveWhileClosing(datagram, now);
            return;
        }

        ReceivePackets(datagram, path, ecn, now);
        if (!connection.IsClosed && connection.Handshake.HasNewReadKeys)
            RetryUndecryptable(now);
    }

    private void ReceivePackets(Span<byte> datagram, in NetworkPath path, EcnCodepoint ecn, Instant now)
    {
        var rest = datagram;
        var first = ConnectionId.Empty;
        while (!rest.IsEmpty && !connection.IsClosed)
        {
            if (!PacketHeader.TryParse(rest, ConnectionId.IssuedLength, out var header))
            {
                PacketsDropped++;
                return;
            }

            // RFC 9000 §12.2: all packets of a datagram are for one connection (robustness H4).
            if (rest.Length == datagram.Length)
                first = header.DestinationConnectionId;
            else if (header.DestinationConnectionId != first)
            {
                PacketsDropped++;
                return;
            }

            var packet = rest[..header.Length];
            rest = rest[header.Length..];
            var isLast = rest.IsEmpty;
            if (!ReceivePacket(packet, header, path, ecn, datagram.Length, now) && isLast)
                CheckStatelessReset(datagram, now);
        }
    }

    /// <summary>False when the packet did not authenticate, so that it may be a stateless reset.</summary>
    private bool ReceivePacket(Span<byte> packet, in PacketHeader header, in NetworkPath path, EcnCodepoint ecn, int datagramLength, Instant now)
    {
        switch (header.Type)
        {
            case PacketType.VersionNegotiation:
                OnVersionNegotiation(packet, now);
                return true;
            case PacketType.Retry:
                OnRetry(packet);
                return true;
            case PacketType.ZeroRtt: // 0-RTT comes with resumption.
                PacketsDropped++;
                return true;
        }

        var space = connection.SpaceOf(PacketTypes.SpaceOf(header.Type));
        if (space.IsDiscarded)
        {
            PacketsDropped++;
            return true;
        }

        if (!space.CanOpen)
        {
            _undecryptable.Add(header.Type, packet, path, ecn);
            return true;
        }

        if (!TryUnprotect(packet, header, space, now, out var packetNumber, out var payload, out var fault))
        {
            PacketsDropped++;
            connection.CloseOn(fault, now);
            return fault is not null;
        }

        if (space.Acks.IsDuplicate(packetNumber))
        {
            PacketsDropped++;
            return true;
        }

        PacketsReceived++;
        if (HeaderBits.HasReservedBits(packet[0]))
        {
            connection.Close(QuicFault.ProtocolViolation("The reserved bits of a packet header are not zero."), now);
            return true;
        }

        Process(payload, header, new ReceivedPacket(header.Type, space.Space, packetNumber, header.DestinationConnectionId, path, datagramLength), ecn, now);
        return true;
    }

    private void Process(ReadOnlySpan<byte> payload, in PacketHeader header, in ReceivedPacket packet, EcnCodepoint ecn, Instant now)
    {
        if (!AdoptPeerId(header))
        {
            PacketsDropped++;
            return;
        }

        connection.Idle.OnPacketReceived(now);
        if (packet.Type == PacketType.Handshake && connection.IsServer)
        {
            // RFC 9000 §8.1, RFC 9001 §4.9.1: who answers a Handshake packet got our Initial.
            connection.OnAddressValidated(now);
            connection.DiscardSpace(PacketNumberSpace.Initial);
        }

        var outcome = _frames.Process(payload, packet, now);
        if (outcome.Fault is not null)
        {
            connection.Close(outcome.Fault, now);
            return;
        }

        if (!connection.SpaceOf(packet.Space).IsDiscarded)
            connection.SpaceOf(packet.Space).Acks.OnPacketReceived(packet.PacketNumber, outcome.IsAckEliciting, ecn, now);
    }

    /// <summary>RFC 9000 §7.2: the peer's first packet names the ID that it wants to be sent to, and keeps to it.</summary>
    private bool AdoptPeerId(in PacketHeader header)
    {
        if (!_processedAny)
        {
            _processedAny = true;
            if (!connection.IsServer)
                connection.RemoteIds.ReplaceFirst(header.SourceConnectionId);
            PeerHandshakeId = header.SourceConnectionId;
        }

        return header.Type == PacketType.OneRtt || header.SourceConnectionId == PeerHandshakeId;
    }

    private ConnectionId PeerHandshakeId { get; set; }

    private bool TryUnprotect(
        Span<byte> packet, in PacketHeader header, PacketSpace space, Instant now,
        out ulong packetNumber, out Span<byte> payload, out QuicFault? fault) =>
        space.TryUnprotect(packet, header.PacketNumberOffset, now, connection.ProbeTimeout * 3, out packetNumber, out payload, out fault);

    /// <summary>New keys came with this datagram or with a decision of the driver: what waited for them is tried once more.</summary>
    public void RetryUndecryptable(Instant now)
    {
        connection.Handshake.HasNewReadKeys = false;
        Retry(PacketType.Handshake, now);
        Retry(PacketType.OneRtt, now);
    }

    private void Retry(PacketType type, Instant now)
    {
        if (connection.SpaceOf(PacketTypes.SpaceOf(type)) is { IsDiscarded: false, CanOpen: false })
            return;
        while (!connection.IsClosed && _undecryptable.TryTake(type, out var entry))
        {
            if (PacketHeader.TryParse(entry.Packet, ConnectionId.IssuedLength, out var header))
                ReceivePacket(entry.Packet, header, entry.Path, entry.Ecn, entry.Length, now);
            UndecryptablePackets.Return(entry);
        }
    }

    public void Clear() => _undecryptable.Clear();

    private void OnVersionNegotiation(ReadOnlySpan<byte> packet, Instant now)
    {
        // RFC 9000 §6.2: only a client, only before any other packet, only with its own IDs, and not if our version is in the list.
        if (connection.IsServer || _processedAny || !VersionNegotiationPacket.TryParse(packet, out var negotiation) ||
            !negotiation.DestinationConnectionId.SequenceEqual(connection.LocalIds.First.Span) ||
            !negotiation.SourceConnectionId.SequenceEqual(connection.OriginalDestination.Span) ||
            negotiation.Contains(QuicVersion.V1))
        {
            PacketsDropped++;
            return;
        }

        connection.Drain(QuicFault.VersionNegotiation("The server speaks no version of QUIC that we do."));
    }

    private void OnRetry(ReadOnlySpan<byte> packet)
    {
        // RFC 9000 §17.2.5.2: only a client, only before any other packet, only with the tag that proves that the sender saw our Initial.
        PacketsDropped++;
        if (connection.IsServer || _processedAny || !RetryPacket.TryParse(packet, out var retry)
            || retry.DestinationConnectionId != connection.LocalIds.First || !retry.HasValidTag(connection.OriginalDestination))
        {
            return;
        }

        // A later issue follows it; until then, waiting for the handshake to time out would only hide the reason.
        connection.Drain(QuicFault.NoViablePath("The server asks to prove the address (Retry), which this client cannot do yet."));
    }

    private void ReceiveWhileClosing(Span<byte> datagram, Instant now)
    {
        connection.CloseState.OnPacketWhileClosing();
        if (connection.CloseState.Phase != ClosePhase.Closing)
            return;

        // The peer's own CONNECTION_CLOSE ends the conversation.
        var rest = datagram;
        while (!rest.IsEmpty && PacketHeader.TryParse(rest, ConnectionId.IssuedLength, out var header))
        {
            var packet = rest[..header.Length];
            rest = rest[header.Length..];
            if (header.Type is not (PacketType.Initial or PacketType.Handshake or PacketType.OneRtt))
                continue;
            var space = connection.SpaceOf(PacketTypes.SpaceOf(header.Type));
            if (space.IsDiscarded || !space.CanOpen || !TryUnprotect(packet, header, space, now, out _, out var payload, out _))
                continue;
            if (FrameProcessor.HoldsClose(payload))
            {
                connection.EnterDraining(connection.Fault!, now);
                return;
            }
        }
    }

    private void CheckStatelessReset(ReadOnlySpan<byte> datagram, Instant now)
    {
        if (connection.RemoteIds.IsStatelessReset(datagram))
            connection.EnterDraining(QuicFault.FromPeer(false, (ulong)TransportErrorCode.NoError, 0, "The peer has lost the connection (stateless reset)."), now);
    }
}
