using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// How many streams of one direction the peer may open, and did. A stream's place is given back only when both of its halves are closed and
/// its handler has ended (<see cref="OnForgotten"/>), so that a peer who opens and resets streams cannot have more handlers alive than the
/// limit says; and no more than one full limit is given back in a round trip, so that it cannot have more of them made either (robustness
/// S7).
/// </summary>
internal sealed class InboundStreamLimit
{
    /// <summary>
    /// The limit is announced again when an eighth of it can be given: early enough that a peer who does not wait finds some, and in
    /// batches.
    /// </summary>
    private const ulong BatchesPerLimit = 8;

    private readonly ulong _maxOpen;
    private ulong _forgotten;
    private ulong _ceiling;
    private Instant _roundTripEnd;
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

    private ulong Wanted => Math.Min(_forgotten + _maxOpen, StreamCount.Max);

    public bool IsUpdateDue(Instant now) => _isLost || IsWorthTelling(Math.Min(Wanted, Ceiling(now)));

    /// <summary>When an update is due that the round trip's share holds back now.</summary>
    public Instant NextTimeout(Instant now) => !IsUpdateDue(now) && IsWorthTelling(Wanted) ? _roundTripEnd : Instant.Never;

    /// <summary>The peer opened the stream of this index, and with it all below.</summary>
    public void OnOpened(ulong index)
    {
        Debug.Assert(index >= Opened && index < Limit);
        Opened = index + 1;
    }

    public void OnAccepted() => NextToAccept++;

    public void OnForgotten()
    {
        _forgotten++;
        Debug.Assert(_forgotten <= Opened);
    }

    /// <summary>Moves the limit on and returns it, to be announced.</summary>
    public ulong Announce(Instant now, Duration roundTrip)
    {
        _isLost = false;
        if (now >= _roundTripEnd)
        {
            _ceiling = Limit + _maxOpen;
            _roundTripEnd = now + roundTrip;
        }

        return Limit = Math.Min(Wanted, _ceiling);
    }

    public void OnLost(ulong limit)
    {
        if (limit == Limit)
            _isLost = true;
    }

    private ulong Ceiling(Instant now) => now >= _roundTripEnd ? Limit + _maxOpen : _ceiling;

    private bool IsWorthTelling(ulong limit) =>
        limit > Limit && ((limit - Limit) * BatchesPerLimit >= _maxOpen || (Limit - Opened) * 2 < _maxOpen);
}
