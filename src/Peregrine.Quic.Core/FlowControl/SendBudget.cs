using System.Diagnostics;

namespace Peregrine.Quic.Core;

/// <summary>
/// What may be buffered for sending, by one stream and by all together: twice the congestion window, as kernels size their socket
/// buffers, so that
/// what the network could take is always there, within bounds. The sum doubles besides, up to its cap, for a stream that has everything
/// on the wire already while others, who are stalled, hold the rest. It owns the line of streams that wait for room.
/// </summary>
internal sealed class SendBudget(StreamSettings settings)
{
    private readonly SendRoomLine _waiting = new();
    private int _following = settings.InitialConnectionSendBuffer;
    private int _grown;

    public int Limit => Math.Max(_following, _grown);

    /// <summary>What one stream may buffer of it.</summary>
    public int StreamLimit { get; private set; } = settings.InitialStreamSendBuffer;

    /// <summary>Bytes that are buffered, the reserve of single streams included: it may exceed the limit by that.</summary>
    public long Used { get; private set; }

    public long Room => Math.Max(0, Limit - Used);

    private bool IsRoomWorthWaking => Room >= Limit / 8;

    public void Take(int bytes) => Used += bytes;

    public void Wait(SendRoom room) => _waiting.Add(room);

    public void StopWaiting(SendRoom room) => _waiting.Remove(room);

    public void Follow(ulong congestionWindow)
    {
        var twice = (int)Math.Min(congestionWindow * 2, int.MaxValue);
        StreamLimit = Math.Clamp(twice, settings.InitialStreamSendBuffer, settings.MaxStreamSendBuffer);
        _following = Math.Clamp(twice, settings.InitialConnectionSendBuffer, settings.MaxConnectionSendBuffer);
    }

    /// <summary>True when there was hardly any room and now there is.</summary>
    public bool TryGrow()
    {
        if (IsRoomWorthWaking || Limit >= settings.MaxConnectionSendBuffer)
            return false;
        _grown = (int)Math.Min(2L * Limit, settings.MaxConnectionSendBuffer);
        WakeAll();
        return true;
    }

    public void Release(long bytes)
    {
        Debug.Assert(bytes >= 0 && bytes <= Used);
        Used -= bytes;
        if (Used == 0)
            _grown = 0;
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
