using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Which stream sends next. What was lost, and a FIN that stands alone, goes first and asks no credit; new data follows, one frame of each
/// stream in turn, within the connection's credit. It owns both lines.
/// </summary>
internal sealed class SendScheduler(SendCredit connectionCredit)
{
    private readonly StreamQueue _urgent = new(StreamQueueKind.Urgent);
    private readonly StreamQueue _fresh = new(StreamQueueKind.Fresh);

    public bool HasPending => !_urgent.IsEmpty || (!_fresh.IsEmpty && connectionCredit.Available > 0);

    /// <summary>Puts a stream where its state says it belongs. Called after anything that may change it.</summary>
    public void Update(CoreStream stream)
    {
        var send = stream.Send!;
        _urgent.Set(stream, send.HasUrgent);
        _fresh.Set(stream, send.HasFresh);
        if (send.HasFresh)
            connectionCredit.OnBlocked();
    }

    public void Remove(CoreStream stream)
    {
        _urgent.Remove(stream);
        _fresh.Remove(stream);
    }

    public void WriteFrames(ref PacketBuilder builder)
    {
        // RFC 9000 §13.3: retransmissions before new data.
        while (builder.CanRemember && _urgent.First is { } stream)
        {
            if (!stream.Send!.TryWriteUrgent(ref builder))
                return;
        }

        while (builder.CanRemember && connectionCredit.Available > 0 && _fresh.First is { } stream)
        {
            if (!stream.Send!.TryWriteFresh(ref builder, connectionCredit))
                return;
            if (stream.Send.HasFresh)
                _fresh.MoveToEnd(stream);
        }
    }
}
