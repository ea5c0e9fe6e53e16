using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// How much more one stream may buffer for sending: up to its part of the connection's <see cref="SendBudget"/>, within what that leaves,
/// and never less than a small reserve. It knows whether the writer waits.
/// </summary>
internal sealed class SendRoom(ISendRoomOwner owner, SendBuffer buffer, SendBudget budget, StreamSettings settings)
{
    // A field: the budget's line changes the links in place.
    internal SendRoomLink Link;

    public bool IsWriterWaiting { get; private set; }

    public long Available
    {
        get
        {
            var reserve = Math.Max(0, settings.ReservedStreamSendBuffer - buffer.Buffered);
            return Math.Min(OfStream, Math.Max(budget.Room, reserve));
        }
    }

    private long OfStream => Math.Max(0, budget.StreamLimit - buffer.Buffered);

    /// <summary>
    /// Makes room where the connection's budget slows the stream: when three quarters of what it may buffer are on the wire already. True
    /// when there is more room than before.
    /// </summary>
    public bool TryGrow() => OfStream > 0 && buffer.Buffered > 0 && buffer.Unsent * 4 <= budget.StreamLimit && budget.TryGrow();

    /// <summary>A write took less than was offered.</summary>
    public void Wait()
    {
        IsWriterWaiting = true;
        if (OfStream > 0)
            budget.Wait(this);
    }

    public void StopWaiting()
    {
        IsWriterWaiting = false;
        budget.StopWaiting(this);
    }

    /// <summary>The budget that it waited for has room.</summary>
    internal void OnBudgetRoom() => owner.OnBudgetRoom();

    /// <summary>
    /// True, once, when the writer waits and there is room worth waking it for: a quarter of the limit, or any when nothing is left to
    /// wait for.
    /// </summary>
    public bool TryWake()
    {
        if (!IsWriterWaiting || (Available < budget.StreamLimit / 4 && buffer.Buffered > 0))
            return false;
        StopWaiting();
        return true;
    }
}
