namespace Peregrine.Quic.Core;

/// <summary>Whose room it is.</summary>
internal interface ISendRoomOwner
{
    /// <summary>All streams together may buffer more: a writer that waits may go on.</summary>
    void OnBudgetRoom();
}

/// <summary>Where a room stands in the line.</summary>
internal struct SendRoomLink
{
    public SendRoom? Previous;
    public SendRoom? Next;
    public bool IsQueued;
}

/// <summary>The rooms that wait for the budget, each at most once. The links lie in the rooms, so nothing is allocated.</summary>
internal sealed class SendRoomLine
{
    private SendRoom? _last;

    public SendRoom? First { get; private set; }

    public void Add(SendRoom room)
    {
        if (room.Link.IsQueued)
            return;
        room.Link = new SendRoomLink { Previous = _last, IsQueued = true };
        if (_last is null)
            First = room;
        else
            _last.Link.Next = room;
        _last = room;
    }

    public void Remove(SendRoom room)
    {
        if (!room.Link.IsQueued)
            return;
        var link = room.Link;
        if (link.Previous is null)
            First = link.Next;
        else
            link.Previous.Link.Next = link.Next;
        if (link.Next is null)
            _last = link.Previous;
        else
            link.Next.Link.Previous = link.Previous;
        room.Link = default;
    }
}
