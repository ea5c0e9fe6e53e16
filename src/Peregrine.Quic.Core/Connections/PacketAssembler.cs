using System.Diagnostics;
using System.Text;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Builds the datagrams that go out: which packets, which frames in which order, padding, protection (RFC 9000 §12.2, §13, §14). It owns
/// the
/// scratch memory for one datagram, the pacing delay, and the send counters.
/// </summary>
internal sealed class PacketAssembler(ConnectionEngine connection)
{
    /// <summary>RFC 9000 §14.1: datagrams with ack-eliciting Initial packets are at least this long.</summary>
    private const int MinInitialDatagram = 1200;

    /// <summary>The largest 1-RTT header: first byte, connection ID, packet number.</summary>
    private const int MaxShortHeader = 1 + ConnectionId.MaxLength + PacketNumber.MaxLength;

    /// <summary>The ack_delay_exponent that we leave at its default (RFC 9000 §18.2).</summary>
    private const int AckDelayExponent = 3;

    private readonly SentFrame[] _frames = new SentFrame[3 * PacketBuilder.MaxFrames];
    private DraftPackets _drafts;
    private bool _pingRequested;
    private bool _datagramsFirst;

    public ulong BytesSent { get; private set; }

    /// <summary>When the pacer lets the next packet go; never, when it holds nothing back.</summary>
    public Instant PacedUntil { get; private set; } = Instant.Never;

    /// <summary>Payload of a full 1-RTT packet.</summary>
    public int OneRttPayloadRoom => DatagramSize - MaxShortHeader - IPacketAead.TagLength;

    private int DatagramSize => (int)Math.Min((ulong)connection.Settings.DatagramSize, connection.Handshake.PeerMaxUdpPayloadSize);

    /// <summary>A keep-alive is due.</summary>
    public void RequestPing() => _pingRequested = true;

    public bool TryTransmit(Span<byte> buffer, int maxSegments, Instant now, out Transmission transmission)
    {
        transmission = default;
        var path = connection.Path;
        switch (connection.CloseState.Phase)
        {
            case ClosePhase.Draining or ClosePhase.Drained:
                return false;
            case ClosePhase.Closing:
                return TryTransmitClose(buffer, now, out transmission);
        }

        if (connection.Handshake.AwaitsServerOptions)
            return false;
        if (connection.PathResponses.TryGetOther(path, out var otherPath, out var otherAllowance))
            return TryTransmitProbe(buffer, otherPath, otherAllowance, now, out transmission);

        PacedUntil = Instant.Never;
        var length = 0;
        var segmentSize = DatagramSize;
        for (var count = 0; count < maxSegments && buffer.Length - length >= segmentSize; count++)
        {
            var written = BuildDatagram(buffer.Slice(length, segmentSize), now);
            if (written == 0)
                break;
            length += written;
            if (count == 0 && written < segmentSize && FollowsAlike(written))
                segmentSize = written;
            if (written < segmentSize)
                break; // only the last datagram of a batch may be shorter
        }

        if (length == 0)
            return false;
        BytesSent += (ulong)length;
        transmission = new Transmission(length, Math.Min(segmentSize, length), path, EcnCodepoint.NotEct);
        return true;
    }

    /// <summary>
    /// Whether a batch goes on although its first datagram is not full: when DATAGRAM frames wait that did not fit beside the first, since
    /// those
    /// of one application are often alike. Not while Initial packets may want their 1,200 bytes, nor for the sake of small ones.
    /// </summary>
    private bool FollowsAlike(int firstLength) =>
        connection.HandshakeConfirmed && firstLength >= DatagramSize / 2 && connection.Datagrams.HasPending;

    /// <summary>Writes one datagram and returns its length; 0 when there is nothing to send, or no leave to.</summary>
    private int BuildDatagram(Span<byte> datagram, Instant now)
    {
        var allowance = connection.Validation.Allowance;
        if (allowance < (ulong)datagram.Length)
        {
            connection.Recovery.AtAntiAmplificationLimit = true;
            datagram = datagram[..(int)allowance];
        }

        // A server that may not send a full Initial datagram yet waits for more credit (RFC 9000 §8.1).
        var initial = connection.SpaceOf(PacketNumberSpace.Initial);
        if (datagram.Length < MinInitialDatagram && initial.CanSeal && (initial.CryptoOut.HasPending || connection.Recovery.ProbesPending(initial.Space) > 0))
            return 0;

        _drafts.Clear();
        var mayElicit = HasElicitingFrames && MayElicit(datagram.Length, now);
        var position = 0;
        for (var space = PacketNumberSpace.Initial; space <= PacketNumberSpace.Application; space++)
        {
            var state = connection.SpaceOf(space);
            var mayElicitHere = mayElicit || HasLostHandshake(state);
            if (!state.CanSeal || !WantsToSend(state, mayElicitHere, now))
                continue;

            // 0.5-RTT data rides along with the handshake, but does not use up the little that may be sent to an unvalidated address.
            if (space == PacketNumberSpace.Application && position == 0 && !connection.Validation.IsValidated)
                continue;
            position += DraftPacket(datagram[position..], position, state, mayElicitHere, now);
            if (connection.IsClosed)
                return 0;
        }

        if (_drafts.Count == 0)
            return 0;
        if (NeedsPadding())
            Pad(datagram, ref position);
        SealDrafts(datagram, now);
        return position;
    }

    /// <summary>
    /// Handshake bytes that were lost go at once: 1-RTT packets that the peer cannot read yet may fill the window, and nothing of them is
    /// acknowledged, nor timed (RFC 9002 §6.2.1), before the handshake is over.
    /// </summary>
    private static bool HasLostHandshake(PacketSpace state) => state.Space != PacketNumberSpace.Application && state.CryptoOut.HasLost;

    private bool HasElicitingFrames
    {
        get
        {
            for (var space = PacketNumberSpace.Initial; space <= PacketNumberSpace.Application; space++)
            {
                var state = connection.SpaceOf(space);
                if (state.CanSeal && (state.CryptoOut.HasPending || (space == PacketNumberSpace.Application && HasApplicationFrames)))
                    return true;
            }

            return connection.Recovery.ShouldElicitAck;
        }
    }

    /// <summary>Whether congestion control and the pacer let an ack-eliciting packet go. A probe is let go by neither.</summary>
    private bool MayElicit(int size, Instant now)
    {
        if (!connection.Recovery.CanSend(size))
            return false;
        var paced = connection.Recovery.PacingTime(now);
        if (paced <= now)
            return true;
        PacedUntil = paced;
        return false;
    }

    private bool WantsToSend(PacketSpace state, bool mayElicit, Instant now)
    {
        if (state.Acks.ShouldSendNow(now) || connection.Recovery.ProbesPending(state.Space) > 0)
            return true;
        if (!mayElicit)
            return false;
        return state.CryptoOut.HasPending || (state.Space == PacketNumberSpace.Application && HasApplicationFrames);
    }

    private bool HasApplicationFrames =>
        _pingRequested || connection.Handshake.HasPendingFrames || connection.PathResponses.HasPending || connection.LocalIds.HasPending ||
        connection.RemoteIds.HasPending || connection.Streams.HasPending || connection.Datagrams.HasPending;

    /// <summary>Writes header and frames, unsealed, and returns the packet's length with its tag; 0 when no frame came of it.</summary>
    private int DraftPacket(Span<byte> room, int position, PacketSpace state, bool mayElicit, Instant now)
    {
        var recovery = connection.Recovery;
        var space = state.Space;
        if (space == PacketNumberSpace.Application && !connection.OneRtt!.TryPrepareSeal(out var fault))
        {
            connection.Close(fault!, now);
            return 0;
        }

        var packetNumber = recovery.NextPacketNumber(space);
        var numberLength = recovery.PacketNumberLength(space);
        if (room.Length < HeaderLength(space, numberLength) + PacketNumber.MaxLength + IPacketAead.TagLength)
            return 0;

        var writer = new SpanWriter(room[..^IPacketAead.TagLength]);
        var numberOffset = WriteHeader(ref writer, space, packetNumber, numberLength);
        var payloadOffset = writer.Position;
        var frames = _frames.AsSpan(_drafts.Count * PacketBuilder.MaxFrames, PacketBuilder.MaxFrames);
        var builder = new PacketBuilder(writer.Free, frames);

        var probes = recovery.ProbesPending(space);
        if (state.Acks.HasUnsent)
            state.Acks.WriteFrame(ref builder, now, AckDelayExponent);
        if (mayElicit || probes > 0)
            WriteElicitingFrames(ref builder, state);
        if ((probes > 0 || AsksForAck(space, mayElicit)) && !builder.IsAckEliciting && builder.Remaining > 0)
            WritePing(ref builder);
        if (builder.IsEmpty)
            return 0;

        // The header protection sample needs four bytes between the packet number's start and the tag (RFC 9001 §5.4.2).
        var payloadLength = builder.Writer.Position;
        var padding = PacketNumber.MaxLength - numberLength - payloadLength;
        if (padding > 0)
        {
            builder.Writer.WriteZeros(padding);
            payloadLength += padding;
        }

        _drafts.Add(new DraftPacket(
            space, position, numberOffset, numberLength, packetNumber, payloadOffset + payloadLength, builder.Frames.Length, builder.IsAckEliciting, probes > 0));
        return payloadOffset + payloadLength + IPacketAead.TagLength;
    }

    /// <summary>The order of frames in a packet.</summary>
    private void WriteElicitingFrames(ref PacketBuilder builder, PacketSpace state)
    {
        WriteCrypto(ref builder, state);
        if (state.Space != PacketNumberSpace.Application)
            return;
        connection.Handshake.WriteFrames(ref builder);
        connection.PathResponses.WriteFrames(ref builder, connection.Path);
        connection.LocalIds.WriteFrames(ref builder);
        connection.RemoteIds.WriteFrames(ref builder);
        connection.Streams.WriteControlFrames(ref builder);

        // Datagrams and streams take turns at being first, so that neither starves the other (robustness D2).
        _datagramsFirst = !_datagramsFirst;
        if (_datagramsFirst)
            connection.Datagrams.WriteFrames(ref builder);
        connection.Streams.WriteStreamFrames(ref builder);
        if (!_datagramsFirst)
            connection.Datagrams.WriteFrames(ref builder);
        if (_pingRequested && !builder.IsAckEliciting)
            WritePing(ref builder);
        _pingRequested = false;
    }

    private static void WriteCrypto(ref PacketBuilder builder, PacketSpace state)
    {
        while (builder.CanRemember && state.CryptoOut.HasPending)
        {
            // The offset's length is not known before the piece is, so room is left for the longest.
            var room = CryptoFrame.DataRoom(builder.Remaining, VarInt.MaxValue);
            if (room <= 0 || !state.CryptoOut.TryGetNext(room, out var offset, out var length))
                return;
            CryptoFrame.WriteHeader(ref builder.Writer, offset, length);
            state.CryptoOut.CopyTo(offset, builder.Writer.Free[..length]);
            builder.Writer.Advance(length);
            builder.Remember(new SentFrame(SentFrameKind.Crypto, Offset: offset, Length: length));
            state.CryptoOut.OnSent(offset, length);
        }
    }

    private static void WritePing(ref PacketBuilder builder)
    {
        builder.Writer.WriteByte((byte)FrameType.Ping);
        builder.MarkAckEliciting();
    }

    private bool AsksForAck(PacketNumberSpace space, bool mayElicit) =>
        mayElicit && space == PacketNumberSpace.Application && connection.Recovery.ShouldElicitAck;

    private int HeaderLength(PacketNumberSpace space, int numberLength) => space == PacketNumberSpace.Application
        ? ShortHeader.Length(connection.RemoteIds.Current.Length, numberLength)
        : LongHeader.Length(TypeOf(space), connection.RemoteIds.Current.Length, ConnectionId.IssuedLength, 0, numberLength);

    private int WriteHeader(ref SpanWriter writer, PacketNumberSpace space, ulong packetNumber, int numberLength) => space == PacketNumberSpace.Application
        ? ShortHeader.Write(ref writer, connection.RemoteIds.Current, spin: false, connection.OneRtt!.KeyPhase, packetNumber, numberLength)
        : LongHeader.Write(
            ref writer, TypeOf(space), QuicVersion.V1, connection.RemoteIds.Current, connection.LocalIds.First, default, packetNumber, numberLength);

    /// <summary>
    /// RFC 9000 §14.1: a client pads every datagram with an Initial packet, a server those that ask for an acknowledgement.
    /// </summary>
    private bool NeedsPadding()
    {
        foreach (ref readonly var draft in _drafts.Span)
        {
            if (draft.Space == PacketNumberSpace.Initial && (!connection.IsServer || draft.IsAckEliciting))
                return true;
        }

        return false;
    }

    /// <summary>Stretches the last packet with PADDING frames as far as the datagram goes.</summary>
    private void Pad(Span<byte> datagram, ref int position)
    {
        var missing = Math.Min(MinInitialDatagram, datagram.Length) - position;
        if (missing <= 0)
            return;
        ref var last = ref _drafts.Span[^1];
        datagram.Slice(last.Start + last.End, missing).Clear();
        last = last with { End = last.End + missing, IsPadded = true };
        position += missing;
    }

    private void SealDrafts(Span<byte> datagram, Instant now)
    {
        var total = 0;
        var sentHandshake = false;
        for (var i = 0; i < _drafts.Count; i++)
        {
            ref readonly var draft = ref _drafts.Span[i];
            var packet = datagram.Slice(draft.Start, draft.End + IPacketAead.TagLength);
            connection.SpaceOf(draft.Space).Seal(packet, draft.NumberOffset, draft.NumberLength, draft.PacketNumber);
            total += packet.Length;
            sentHandshake |= draft.Space == PacketNumberSpace.Handshake;
            connection.Recovery.OnPacketSent(
                draft.Space, draft.PacketNumber, packet.Length, draft.IsAckEliciting, draft.IsAckEliciting || draft.IsPadded,
                _frames.AsSpan(i * PacketBuilder.MaxFrames, draft.FrameCount), now);
            if (draft.FrameCount > 0 && _frames[i * PacketBuilder.MaxFrames].Kind == SentFrameKind.Ack && draft.Space == PacketNumberSpace.Application)
                connection.OneRtt!.OnAckSent();
            if (draft.IsProbe)
                connection.Recovery.OnProbeSent(draft.Space);
            if (draft.IsAckEliciting)
                connection.Idle.OnAckElicitingSent(now);
        }

        connection.Validation.OnDatagramSent(total);

        // RFC 9001 §4.9.1: a client that sends Handshake packets needs Initial keys no more.
        if (sentHandshake && !connection.IsServer)
            connection.DiscardSpace(PacketNumberSpace.Initial);
    }

    /// <summary>An answer to a PATH_CHALLENGE that came by another path goes back there alone (RFC 9000 §8.2.2).</summary>
    private bool TryTransmitProbe(Span<byte> buffer, in NetworkPath path, int allowance, Instant now, out Transmission transmission)
    {
        transmission = default;
        var state = connection.SpaceOf(PacketNumberSpace.Application);
        var room = buffer[..Math.Min(DatagramSize, allowance)];
        if (!state.CanSeal || room.Length < MaxShortHeader + PathResponseFrame.Length + IPacketAead.TagLength || !connection.OneRtt!.TryPrepareSeal(out _))
        {
            connection.PathResponses.Clear();
            return false;
        }

        _drafts.Clear();
        var packetNumber = connection.Recovery.NextPacketNumber(PacketNumberSpace.Application);
        var numberLength = connection.Recovery.PacketNumberLength(PacketNumberSpace.Application);
        var writer = new SpanWriter(room[..^IPacketAead.TagLength]);
        var numberOffset = WriteHeader(ref writer, PacketNumberSpace.Application, packetNumber, numberLength);
        var payloadOffset = writer.Position;
        var builder = new PacketBuilder(writer.Free, _frames.AsSpan(0, PacketBuilder.MaxFrames));
        connection.PathResponses.WriteFrames(ref builder, path);
        builder.Writer.WriteZeros(builder.Remaining); // RFC 9000 §8.2.2: expanded to 1,200 bytes where the limit allows

        _drafts.Add(new DraftPacket(
            PacketNumberSpace.Application, 0, numberOffset, numberLength, packetNumber, payloadOffset + builder.Writer.Position, 0, IsAckEliciting: true, IsProbe: false));
        SealDrafts(room, now);
        BytesSent += (ulong)room.Length;
        transmission = new Transmission(room.Length, room.Length, path, EcnCodepoint.NotEct);
        return true;
    }

    /// <summary>CONNECTION_CLOSE at every level that the peer may be able to read (RFC 9000 §10.2.3).</summary>
    private bool TryTransmitClose(Span<byte> buffer, Instant now, out Transmission transmission)
    {
        transmission = default;
        if (!connection.CloseState.IsSendPending)
            return false;
        var datagram = buffer[..Math.Min(DatagramSize, buffer.Length)];
        var allowance = connection.Validation.Allowance;
        if (allowance < (ulong)datagram.Length)
            datagram = datagram[..(int)allowance];

        _drafts.Clear();
        var position = 0;
        var confirmed = connection.HandshakeConfirmed;
        for (var space = PacketNumberSpace.Initial; space <= PacketNumberSpace.Application; space++)
        {
            var state = connection.SpaceOf(space);
            if (state.CanSealClose && (!confirmed || space == PacketNumberSpace.Application))
                position += DraftClose(datagram[position..], position, space);
        }

        connection.CloseState.OnCloseSent();
        if (_drafts.Count == 0)
            return false;
        if (NeedsPadding())
            Pad(datagram, ref position);
        SealDrafts(datagram, now);
        BytesSent += (ulong)position;
        transmission = new Transmission(position, position, connection.Path, EcnCodepoint.NotEct);
        return true;
    }

    private int DraftClose(Span<byte> room, int position, PacketNumberSpace space)
    {
        var packetNumber = connection.Recovery.NextPacketNumber(space);
        var numberLength = connection.Recovery.PacketNumberLength(space);
        if (room.Length < HeaderLength(space, numberLength) + 32 + IPacketAead.TagLength)
            return 0;

        // RFC 9000 §10.2.3: an application's code and words stay out of packets that anyone could read.
        var fault = connection.Fault!;
        if (fault.IsApplication && space != PacketNumberSpace.Application)
            fault = QuicFault.ApplicationError();

        var writer = new SpanWriter(room[..^IPacketAead.TagLength]);
        var numberOffset = WriteHeader(ref writer, space, packetNumber, numberLength);
        var reason = Encoding.UTF8.GetBytes(fault.Reason);
        new ConnectionCloseFrame(fault.IsApplication, fault.Code, fault.FrameType, reason).TryWrite(ref writer);
        var padding = PacketNumber.MaxLength - (writer.Position - numberOffset);
        if (padding > 0)
            writer.WriteZeros(padding);
        _drafts.Add(new DraftPacket(space, position, numberOffset, numberLength, packetNumber, writer.Position, 0, IsAckEliciting: false, IsProbe: false));
        return writer.Position + IPacketAead.TagLength;
    }

    private static PacketType TypeOf(PacketNumberSpace space) => space switch
    {
        PacketNumberSpace.Initial => PacketType.Initial,
        PacketNumberSpace.Handshake => PacketType.Handshake,
        _ => PacketType.OneRtt,
    };
}
