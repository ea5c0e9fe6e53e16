namespace Peregrine.Quic;

/// <summary>What a loop has done for strangers, and what it put off or dropped. Written by the loop; read by anyone.</summary>
internal sealed class LoopCounters(DatagramQueue strangers, DatagramQueue underWay, DatagramQueue postponed)
{
    private long _turns;
    private long _failures;
    private int _mostAcceptedInATurn;

    /// <summary>First Initial packets that found the queue of strangers full.</summary>
    public long StrangersDropped => strangers.Dropped;

    /// <summary>Datagrams of handshakes under way that found their queue full.</summary>
    public long UnderWayDropped => underWay.Dropped;

    /// <summary>Datagrams of established connections whose lock was taken for so long that their queue was full.</summary>
    public long PostponedDropped => postponed.Dropped;

    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Turns that ended in an exception.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>The most newcomers that any turn dealt with.</summary>
    public int MostNewcomersInATurn => Volatile.Read(ref _mostAcceptedInATurn);

    public void OnTurn() => Volatile.Write(ref _turns, _turns + 1);

    public void OnFailure() => Volatile.Write(ref _failures, _failures + 1);

    public void OnNewcomers(int count)
    {
        if (count > _mostAcceptedInATurn)
            Volatile.Write(ref _mostAcceptedInATurn, count);
    }
}
