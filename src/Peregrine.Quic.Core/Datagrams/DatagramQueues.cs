using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The unreliable datagrams of one connection (RFC 9221): those that wait for the application, of which the oldest are dropped when there
/// are too many, and those that wait to be sent, each once. Not synchronised. It owns both queues' memory.
/// </summary>
internal sealed class DatagramQueues(DatagramSettings settings, ConnectionEvents events)
{
    private readonly DatagramRing _received = new(settings.MaxReceiveCount, settings.MaxReceiveBytes);
    private readonly DatagramRing _outgoing = new(settings.MaxSendCount, settings.MaxSendBytes);
    private ulong _peerMaxFrameSize;
    private bool _isClosed;
    private bool _isReceivedRaised;
    private bool _isSenderWaiting;

    /// <summary>Our max_datagram_frame_size; 0 announces none.</summary>
    public ulong InitialMaxFrameSize => settings.MaxFrameSize;

    /// <summary>The longest datagram that can be sent now; 0 while the peer takes none.</summary>
    public int MaxDatagramSize { get; private set; }

    /// <summary>Something waits to be sent.</summary>
    public bool HasPending => !_outgoing.IsEmpty;

    /// <summary>Datagrams that arrived, those dropped later included.</summary>
    public ulong ReceivedCount { get; private set; }

    /// <summary>Datagrams that arrived and were dropped, because the application was slower.</summary>
    public ulong DroppedCount { get; private set; }

    /// <summary>Datagrams written into packets.</summary>
    public ulong SentCount { get; private set; }

    /// <summary>Datagrams sent whose packet was declared lost.</summary>
    public ulong LostCount { get; private set; }

    /// <summary>Datagrams that were queued and then outgrew <see cref="MaxDatagramSize"/>, which shrank.</summary>
    public ulong UnsendableCount { get; private set; }

    /// <summary>
    /// Takes the peer's max_datagram_frame_size (0: none) and the payload room that every packet on the current path has. Both include the
    /// frame's header.
    /// </summary>
    public void SetLimits(ulong peerMaxFrameSize, int packetPayloadRoom)
    {
        _peerMaxFrameSize = peerMaxFrameSize;
        var room = (int)Math.Min(peerMaxFrameSize, (ulong)Math.Max(0, packetPayloadRoom));
        MaxDatagramSize = Math.Max(0, DatagramFrame.DataRoom(room, withLength: true));
    }

    /// <summary>Queues a datagram.</summary>
    public CoreDatagramResult TrySend(ReadOnlySpan<byte> data) => TrySend(default, data);

    /// <summary>Queues a datagram made of two parts.</summary>
    public CoreDatagramResult TrySend(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data)
    {
        if (_isClosed)
            return CoreDatagramResult.Closed;
        if (_peerMaxFrameSize == 0)
            return CoreDatagramResult.Unsupported;
        var length = (long)prefix.Length + data.Length;
        if (length > MaxDatagramSize)
            return CoreDatagramResult.TooLarge;
        if (!_outgoing.HasRoomFor((int)length))
        {
            _isSenderWaiting = true;
            return CoreDatagramResult.Full;
        }

        _outgoing.Add(prefix, data);
        return CoreDatagramResult.Queued;
    }

    /// <summary>Writes whole datagrams, oldest first, while they fit.</summary>
    public void WriteFrames(ref PacketBuilder builder)
    {
        while (builder.CanRemember && !_outgoing.IsEmpty)
        {
            var length = _outgoing.FirstLength;
            if (length > MaxDatagramSize)
            {
                RemoveOutgoing();
                UnsendableCount++;
                continue;
            }

            // RFC 9221 §4: without a length the frame must fill the packet.
            var withLength = length != DatagramFrame.DataRoom(builder.Remaining, withLength: false);
            if (withLength && length > DatagramFrame.DataRoom(builder.Remaining, withLength: true))
                return;
            DatagramFrame.WriteHeader(ref builder.Writer, length, withLength);
            _outgoing.CopyFirstTo(builder.Writer.Free[..length]);
            builder.Writer.Advance(length);
            builder.Remember(new SentFrame(SentFrameKind.Datagram, Length: length));
            RemoveOutgoing();
            SentCount++;
        }
    }

    /// <summary>RFC 9221 §5.2: a lost datagram is not sent again, only counted.</summary>
    public void OnFrameLost() => LostCount++;

    /// <summary>Takes a DATAGRAM frame; <paramref name="frameLength"/> counts its type and length fields too (RFC 9221 §3).</summary>
    public QuicFault? OnDatagram(ReadOnlySpan<byte> data, int frameLength)
    {
        if (settings.MaxFrameSize == 0)
            return QuicFault.ProtocolViolation("A DATAGRAM frame came though datagrams were not negotiated.", FrameType.Datagram);
        if ((ulong)frameLength > settings.MaxFrameSize)
        {
            return QuicFault.ProtocolViolation(
                $"A DATAGRAM frame of {frameLength} bytes is longer than max_datagram_frame_size, {settings.MaxFrameSize}.",
                FrameType.Datagram);
        }

        if (_isClosed)
            return null;
        ReceivedCount++;
        DroppedCount += (ulong)_received.AddDroppingOldest(data);
        if (!_isReceivedRaised && !_received.IsEmpty)
        {
            _isReceivedRaised = true;
            events.Add(ConnectionEventKind.DatagramReceived);
        }

        return null;
    }

    /// <summary>
    /// Takes the oldest datagram. False with a length of 0 when there is none; false with the length needed when
    /// <paramref name="destination"/> is too small: the datagram stays.
    /// </summary>
    public bool TryReceive(Span<byte> destination, out int length)
    {
        if (!TryPeekLength(out length) || length > destination.Length)
            return false;
        _received.CopyFirstTo(destination);
        _received.RemoveFirst();
        return true;
    }

    /// <summary>The length of the oldest datagram that waits; false with 0 when there is none.</summary>
    public bool TryPeekLength(out int length)
    {
        _isReceivedRaised = false;
        length = _received.IsEmpty ? 0 : _received.FirstLength;
        return !_received.IsEmpty;
    }

    /// <summary>The connection closes: drops what waits.</summary>
    public void Close()
    {
        _isClosed = true;
        _received.Clear();
        _outgoing.Clear();
    }

    private void RemoveOutgoing()
    {
        _outgoing.RemoveFirst();
        if (!_isSenderWaiting)
            return;
        _isSenderWaiting = false;
        events.Add(ConnectionEventKind.DatagramRoom);
    }
}
