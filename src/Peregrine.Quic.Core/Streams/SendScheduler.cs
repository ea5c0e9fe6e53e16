using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Which stream sends next: strictly the one of higher priority, and equals in turn, one frame each. Among equals what was lost, and a FIN
/// that
/// stands alone, goes first and asks no credit; new data follows, within the connection's credit. It owns both lines.
/// </summary>
internal sealed class SendScheduler(SendCredit connectionCredit)
{
    private readonly PriorityLine _urgent = new(StreamQueueKind.Urgent);
    private readonly PriorityLine _fresh = new(StreamQueueKind.Fresh);

    public bool HasPending => !_urgent.IsEmpty || (!_fresh.IsEmpty && connectionCredit.Available > 0);

    /// <summary>Streams have new data that only the connection's credit holds back.</summary>
    public bool IsBlocked => !_fresh.IsEmpty && connectionCredit.IsBlocked;

    /// <summary>Puts a stream where its state says it belongs. Called after anything that may change it.</summary>
    public void Update(CoreStream stream)
    {
        var send = stream.Send!;
        _urgent.Set(stream, send.HasUrgent);
        _fresh.Set(stream, send.HasFresh);
        if (send.HasFresh)
            connectionCredit.OnBlocked();
    }

    /// <summary>Also before a stream's priority changes.</summary>
    public void Remove(CoreStream stream)
    {
        _urgent.Set(stream, isQueued: false);
        _fresh.Set(stream, isQueued: false);
    }

    public void WriteFrames(ref PacketBuilder builder)
    {
        while (builder.CanRemember)
        {
            var urgent = _urgent.First;
            var fresh = connectionCredit.Available > 0 ? _fresh.First : null;

            // RFC 9000 §13.3: retransmissions before new data, unless the application's priorities say otherwise.
            if (urgent is not null && (fresh is null || urgent.Send!.Priority >= fresh.Send!.Priority))
            {
                if (!urgent.Send!.TryWriteUrgent(ref builder))
                    return;
            }
            else if (fresh is null || !TryWriteFresh(fresh, ref builder))
            {
                return;
            }
        }
    }

    private bool TryWriteFresh(CoreStream stream, ref PacketBuilder builder)
    {
        if (!stream.Send!.TryWriteFresh(ref builder, connectionCredit))
            return false;
        if (_fresh.First == stream)
            _fresh.MoveFirstToEnd();
        return true;
    }
}
