using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The connection IDs that we gave the peer (RFC 9000 §5.1.1): it owns their sequence numbers, keeps as many active as the peer takes (at
/// most
/// <see cref="MaxActive"/>), and sends NEW_CONNECTION_ID until each is acknowledged.
/// </summary>
internal sealed class LocalConnectionIds
{
    public const int MaxActive = 4;

    private readonly ConnectionEngine _connection;
    private readonly IConnectionIdRouter _router;
    private readonly Entry[] _active = new Entry[MaxActive];
    private int _count;
    private ulong _nextSequenceNumber;

    public LocalConnectionIds(ConnectionEngine connection, IConnectionIdRouter router)
    {
        _connection = connection;
        _router = router;
        var first = Issue();
        First = first.Id;
        FirstToken = first.Token;
        _active[0] = first with { Delivery = Delivery.Known };
    }

    private enum Delivery : byte
    {
        Pending,
        Sent,
        Known,
    }

    /// <summary>The source connection ID of the handshake; its sequence number is 0.</summary>
    public ConnectionId First { get; }

    public StatelessResetToken FirstToken { get; }

    public bool HasPending { get; private set; }

    /// <summary>Issues IDs up to the peer's active_connection_id_limit, once the handshake allows to send them.</summary>
    public void ApplyPeerLimit(ulong activeConnectionIdLimit)
    {
        var target = (int)Math.Min(activeConnectionIdLimit, MaxActive);
        while (_count < target)
            Issue();
    }

    /// <summary>The sequence number of an ID of ours, for the rule that a packet may not retire the ID it came by.</summary>
    public bool TryGetSequenceNumber(in ConnectionId id, out ulong sequenceNumber)
    {
        foreach (ref readonly var entry in _active.AsSpan(0, _count))
        {
            if (entry.Id != id)
                continue;
            sequenceNumber = entry.SequenceNumber;
            return true;
        }

        sequenceNumber = 0;
        return false;
    }

    public QuicFault? OnRetire(in RetireConnectionIdFrame frame, in ConnectionId packetDestination)
    {
        // RFC 9000 §19.16
        if (frame.SequenceNumber >= _nextSequenceNumber)
            return QuicFault.ProtocolViolation($"RETIRE_CONNECTION_ID names sequence number {frame.SequenceNumber}, which was never issued.", FrameType.RetireConnectionId);
        if (TryGetSequenceNumber(packetDestination, out var used) && used == frame.SequenceNumber)
            return QuicFault.ProtocolViolation("RETIRE_CONNECTION_ID retires the connection ID of its own packet.", FrameType.RetireConnectionId);

        for (var i = 0; i < _count; i++)
        {
            if (_active[i].SequenceNumber != frame.SequenceNumber)
                continue;
            _router.Retire(_active[i].Id);
            _active.AsSpan(i + 1, _count - i - 1).CopyTo(_active.AsSpan(i));
            _count--;
            Issue();
            break;
        }

        return null;
    }

    public void WriteFrames(ref PacketBuilder builder)
    {
        if (!HasPending)
            return;
        foreach (ref var entry in _active.AsSpan(0, _count))
        {
            if (entry.Delivery != Delivery.Pending)
                continue;
            var frame = new NewConnectionIdFrame(entry.SequenceNumber, 0, entry.Id, entry.Token);
            if (builder.Remaining < frame.Length || !builder.CanRemember)
                return;
            frame.Write(ref builder.Writer);
            builder.Remember(new SentFrame(SentFrameKind.NewConnectionId, entry.SequenceNumber));
            entry.Delivery = Delivery.Sent;
        }

        HasPending = false;
    }

    public void OnAcked(ulong sequenceNumber) => SetDelivery(sequenceNumber, Delivery.Known);

    public void OnLost(ulong sequenceNumber)
    {
        if (SetDelivery(sequenceNumber, Delivery.Pending))
            HasPending = true;
    }

    public void RetireAll()
    {
        foreach (ref readonly var entry in _active.AsSpan(0, _count))
            _router.Retire(entry.Id);
        _count = 0;
        HasPending = false;
    }

    private Entry Issue()
    {
        Debug.Assert(_count < MaxActive);
        var id = _router.Issue(_connection, out var token);
        var entry = new Entry(_nextSequenceNumber++, id, token, Delivery.Pending);
        _active[_count++] = entry;
        HasPending = entry.SequenceNumber != 0;
        return entry;
    }

    /// <summary>False when the ID is retired by now, or known to the peer already.</summary>
    private bool SetDelivery(ulong sequenceNumber, Delivery delivery)
    {
        foreach (ref var entry in _active.AsSpan(0, _count))
        {
            if (entry.SequenceNumber != sequenceNumber || entry.Delivery == Delivery.Known)
                continue;
            entry.Delivery = delivery;
            return true;
        }

        return false;
    }

    private record struct Entry(ulong SequenceNumber, ConnectionId Id, StatelessResetToken Token, Delivery Delivery);
}
