using System.Diagnostics;

namespace Peregrine.Quic.Core;

/// <summary>
/// How many streams of one direction the peer may open, and did. A stream's place is given back only when both of its halves are closed and
/// its handler has ended (<see cref="OnForgotten"/>), so that a peer who opens and resets streams cannot have more handlers alive than the
/// limit says (robustness S7). A refill limited by round trips would stand in <see cref="Announce"/>.
/// </summary>
internal sealed class InboundStreamLimit
{
    private readonly ulong _maxOpen;
    private ulong _forgotten;
    private bool _isLost;

    public InboundStreamLimit(ulong maxOpen)
    {
        _maxOpen = maxOpen;
        Limit = maxOpen;
    }

    /// <summary>The cumulative limit the peer was told last.</summary>
    public ulong Limit { get; private set; }

    public ulong Opened { get; private set; }

    /// <summary>The index of the next stream to hand to the application.</summary>
    public ulong NextToAccept { get; private set; }

    public ulong Open => Opened - _forgotten;

    // Less than half of the places left, and some to give.
    public bool IsUpdateDue => _isLost || (Next > Limit && (Limit - Opened) * 2 < _maxOpen);

    private ulong Next => Math.Min(_forgotten + _maxOpen, StreamCount.Max);

    public void OnOpened() => Opened++;

    public void OnAccepted() => NextToAccept++;

    public void OnForgotten()
    {
        _forgotten++;
        Debug.Assert(_forgotten <= Opened);
    }

    /// <summary>Moves the limit on and returns it, to be announced.</summary>
    public ulong Announce()
    {
        _isLost = false;
        return Limit = Next;
    }

    public void OnLost(ulong limit)
    {
        if (limit == Limit)
            _isLost = true;
    }
}
