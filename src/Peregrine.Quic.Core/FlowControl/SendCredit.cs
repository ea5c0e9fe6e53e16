using System.Diagnostics;

namespace Peregrine.Quic.Core;

/// <summary>
/// A limit that the peer set and raises, and how much of it is used: bytes of a stream, bytes of the connection, or streams opened. It also
/// knows whether a *_BLOCKED frame is due: once for each limit that held us back, and again when <see cref="RepeatBlocked"/> says so (RFC
/// 9000 §4.1).
/// </summary>
internal sealed class SendCredit
{
    private ulong? _announcedAt;

    public ulong Limit { get; private set; }

    public ulong Used { get; private set; }

    public ulong Available => Limit - Used;

    public bool IsBlockedFrameDue { get; private set; }

    /// <summary>The peer was told that this limit holds us back, and has not raised it.</summary>
    public bool IsBlocked => Available == 0 && _announcedAt == Limit && !IsBlockedFrameDue;

    /// <summary>False when the limit does not rise: such a frame is ignored (RFC 9000 §4.1).</summary>
    public bool Raise(ulong limit)
    {
        if (limit <= Limit)
            return false;
        Limit = limit;
        IsBlockedFrameDue = false;
        return true;
    }

    public void Use(ulong amount)
    {
        Debug.Assert(amount <= Available);
        Used += amount;
    }

    /// <summary>Somebody wanted more than there is.</summary>
    public void OnBlocked()
    {
        if (Available == 0 && _announcedAt != Limit)
            IsBlockedFrameDue = true;
    }

    /// <summary>Tells the peer again, if it still holds us back.</summary>
    public void RepeatBlocked() => IsBlockedFrameDue |= IsBlocked;

    public void OnBlockedFrameWritten()
    {
        _announcedAt = Limit;
        IsBlockedFrameDue = false;
    }

    public void OnBlockedFrameLost(ulong limit)
    {
        if (limit == Limit && Available == 0)
            IsBlockedFrameDue = true;
    }

    /// <summary>Nothing more will be sent under this limit.</summary>
    public void Abandon() => IsBlockedFrameDue = false;
}
