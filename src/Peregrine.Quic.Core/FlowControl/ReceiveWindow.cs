using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What the peer may send: on one stream, or on all together. The limit slides with what the reader consumed, never with what arrived
/// (robustness S3), and is announced again when less than half of the window is left. The window doubles, up to its cap, when the reader
/// consumes it in less than two round trips: then it is the window that slows the peer. What the reader examined and left, because it waits
/// for the rest of a message, moves the limit on as well, but never to more than the cap beyond what was consumed.
/// </summary>
internal sealed class ReceiveWindow(ulong initialSize, ulong maxSize)
{
    private Instant _epochStart;
    private ulong _epochConsumed;
    private bool _epochStarted;

    public ulong Size { get; private set; } = initialSize;

    /// <summary>The limit the peer was told last.</summary>
    public ulong Limit { get; private set; } = initialSize;

    /// <summary>What counts against the limit: the highest offset of a stream, or the sum of them.</summary>
    public ulong Received { get; private set; }

    /// <summary>What the reader took, and what will never be read.</summary>
    public ulong Consumed { get; private set; }

    /// <summary>What the reader has looked at beyond <see cref="Consumed"/>: it waits for more than that.</summary>
    public ulong Examined { get; private set; }

    /// <summary>The most that may be received and not consumed.</summary>
    public ulong MaxSize => Math.Max(Size, maxSize);

    public ulong Available => Limit - Received;

    /// <summary>All that may be sent has been looked at, and no more credit can be given: who waits for more waits for ever.</summary>
    public bool IsExhausted => Consumed + Examined >= Limit && Target <= Limit;

    // RFC 9000 §4.2: not so often that the frames cost, and early enough that the peer never waits.
    public bool IsUpdateDue => (Limit - Consumed - Examined) * 2 < Size && Target > Limit;

    private ulong Target => Math.Min(Consumed + Math.Min(Examined + Size, MaxSize), VarInt.MaxValue);

    /// <summary>Counts bytes that the caller checked against <see cref="Available"/>.</summary>
    public void OnReceived(ulong bytes)
    {
        Debug.Assert(bytes <= Available);
        Received += bytes;
    }

    public void OnConsumed(ulong bytes)
    {
        Consumed += bytes;
        Debug.Assert(Consumed <= Received);
    }

    /// <summary>
    /// The reader looked at <paramref name="now"/> bytes beyond what it consumed, where it had looked at <paramref name="before"/>.
    /// </summary>
    public void OnExamined(ulong before, ulong now)
    {
        Examined = Examined - before + now;
        Debug.Assert(Consumed + Examined <= Received);
    }

    /// <summary>Gives back credit for bytes that nobody reads. They say nothing about the reader's speed.</summary>
    public void OnDropped(ulong bytes)
    {
        OnConsumed(bytes);
        _epochConsumed += bytes;
    }

    /// <summary>What was given back by <see cref="OnDropped"/>, before anybody read it, was read after all.</summary>
    public void OnReadLater(ulong bytes) => _epochConsumed -= bytes;

    /// <summary>Moves the limit on and returns it, to be announced.</summary>
    public ulong Announce() => Limit = Math.Max(Limit, Target);

    /// <summary>Judges the reader's speed, whenever half a window was consumed; true when the window grew.</summary>
    public bool Tune(Instant now, Duration roundTrip)
    {
        if (!_epochStarted)
        {
            _epochStarted = true;
            StartEpoch(now);
            return false;
        }

        var consumed = Consumed - _epochConsumed;
        if (Size >= maxSize || consumed < Size - (Size / 2))
            return false;

        var elapsed = (ulong)Math.Max(0, (now - _epochStart).Nanoseconds);
        var twoRoundTrips = (ulong)Math.Max(0, (roundTrip * 2).Nanoseconds);
        StartEpoch(now);
        if ((UInt128)elapsed * Size >= (UInt128)twoRoundTrips * consumed)
            return false;
        Size = Size > maxSize / 2 ? maxSize : Size * 2;
        return true;
    }

    /// <summary>
    /// Grows the window to <paramref name="size"/>, up to its cap: a connection's window must not be what holds a stream's back.
    /// </summary>
    public void GrowTo(ulong size) => Size = Math.Max(Size, Math.Min(size, maxSize));

    private void StartEpoch(Instant now)
    {
        _epochStart = now;
        _epochConsumed = Consumed;
    }
}
