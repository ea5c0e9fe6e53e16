using System.Diagnostics;

namespace Peregrine.Quic.Core;

/// <summary>
/// What all streams of a connection together may buffer for sending. It doubles, up to its cap, for a stream that has everything on the
/// wire already and could send more. It owns the line of streams that wait for room.
/// </summary>
internal sealed class SendBudget(StreamSettings settings)
{
    private readonly SendRoomLine _waiting = new();

    public int Limit { get; private set; } = settings.InitialConnectionSendBuffer;

    /// <summary>Bytes that are buffered, the reserve of single streams included: it may exceed the limit by that.</summary>
    public long Used { get; private set; }

    public long Room => Math.Max(0, Limit - Used);

    public void Take(int bytes) => Used += bytes;

    public void Wait(SendRoom room) => _waiting.Add(room);

    public void StopWaiting(SendRoom room) => _waiting.Remove(room);

    private bool IsRoomWorthWaking => Room >= Limit / 8;

    /// <summary>True when there was hardly any room and now there is.</summary>
    public bool TryGrow()
    {
        if (IsRoomWorthWaking || Limit >= settings.MaxConnectionSendBuffer)
            return false;
        Limit = (int)Math.Min(2L * Limit, settings.MaxConnectionSendBuffer);
        WakeAll();
        return true;
    }

    public void Release(long bytes)
    {
        Debug.Assert(bytes >= 0 && bytes <= Used);
        Used -= bytes;
        if (IsRoomWorthWaking)
            WakeAll();
    }

    private void WakeAll()
    {
        while (_waiting.First is { } room)
        {
            _waiting.Remove(room);
            room.OnBudgetRoom();
        }
    }
}
