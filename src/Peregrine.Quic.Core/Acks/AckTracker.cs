using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// What arrived in one packet number space, and when it must be acknowledged (RFC 9000 §13.2). It owns two bounded sets: the numbers seen
/// (against duplicates) and the numbers that still go into ACK frames, which shrink as the peer acknowledges those.
/// Order of use: <see cref="IsDuplicate"/>, then, once the packet is unprotected, <see cref="OnPacketReceived"/>; after a whole batch of
/// datagrams <see cref="ShouldSendNow"/> is asked once, so that a batch costs at most one ACK.
/// </summary>
internal sealed class AckTracker(PacketNumberSpace space)
{
    /// <summary>The most ranges kept; the oldest go first (robustness A4).</summary>
    public const int MaxRanges = 64;

    /// <summary>
    /// So many packets that elicit no ACK are acknowledged along with data, that the peer may forget them (robustness A3).
    /// </summary>
    private const int NonElicitingThreshold = 16;

    private readonly RangeSet _seen = new();
    private readonly RangeSet _reported = new();

    // Everything below has been forgotten and counts as seen.
    private ulong _forgottenBelow;
    private ulong? _largest;
    private Instant _largestTime;
    private ulong? _largestEliciting;
    private int _elicitingUnacknowledged;
    private int _nonElicitingUnacknowledged;
    private bool _immediate;
    private EcnCounts _ecn;
    private bool _ecnSeen;

    /// <summary>How many ack-eliciting packets make an ACK due at once in the 1-RTT space (RFC 9000 §13.2.2).</summary>
    public int AckElicitingThreshold { get; set; } = 2;

    /// <summary>How long an ack-eliciting 1-RTT packet may wait: the max_ack_delay we announce.</summary>
    public Duration MaxAckDelay { get; set; } = Duration.FromMilliseconds(25);

    /// <summary>When an ACK is due at the latest. Never in the Initial and Handshake spaces, which do not wait.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>True when an ACK frame in a packet that is sent anyway would tell the peer something worth the bytes.</summary>
    public bool HasUnsent => _elicitingUnacknowledged > 0 || _nonElicitingUnacknowledged >= NonElicitingThreshold;

    public ulong? LargestReceived => _largest;

    /// <summary>How many ranges the next ACK frame would hold if all fit.</summary>
    public int RangeCount => _reported.Count;

    /// <summary>ACK frames written.</summary>
    public ulong AcksWritten { get; private set; }

    /// <summary>True for a number that was received, and for one so old that nobody remembers (RFC 9000 §12.3).</summary>
    public bool IsDuplicate(ulong packetNumber)
    {
        if (packetNumber >= _seen.End)
            return packetNumber < _forgottenBelow;
        return packetNumber < _forgottenBelow || _seen.Contains(packetNumber);
    }

    /// <summary>Notes a packet that was authenticated, is no duplicate, and whose frames were accepted.</summary>
    public void OnPacketReceived(ulong packetNumber, bool ackEliciting, EcnCodepoint ecn, Instant now)
    {
        Debug.Assert(!IsDuplicate(packetNumber));
        _seen.Add(packetNumber);
        _reported.Add(packetNumber);
        if (_largest is not { } largest || packetNumber > largest)
        {
            _largest = packetNumber;
            _largestTime = now;
        }

        CountEcn(ecn);
        if (ackEliciting)
            NoteEliciting(packetNumber, ecn, now);
        else
            _nonElicitingUnacknowledged = Math.Min(_nonElicitingUnacknowledged + 1, NonElicitingThreshold);
        Trim();
    }

    /// <summary>True when an ACK must leave now even if nothing else does.</summary>
    public bool ShouldSendNow(Instant now)
    {
        if (_elicitingUnacknowledged == 0)
            return false;
        return space != PacketNumberSpace.Application || _immediate || _elicitingUnacknowledged >= AckElicitingThreshold || now >= Deadline;
    }

    /// <summary>
    /// Writes an ACK frame with as many ranges as fit, newest first; nothing when there is nothing to report or not room for one range.
    /// </summary>
    public void WriteFrame(ref PacketBuilder builder, Instant now, int ackDelayExponent)
    {
        if (_reported.IsEmpty || !builder.CanRemember)
            return;

        // RFC 9000 §13.2.5: the delay of the largest number reported. Once that one is settled, older ones that come late report none.
        var reportsLargest = _reported.End - 1 == _largest;
        var delay = reportsLargest ? Math.Min((now - _largestTime).Microseconds >> ackDelayExponent, VarInt.MaxValue) : 0;
        if (!AckFrame.TryWrite(ref builder.Writer, _reported.Ranges, delay, _ecnSeen ? _ecn : null))
            return;

        builder.Remember(new SentFrame(SentFrameKind.Ack, Offset: _reported.End - 1));
        _elicitingUnacknowledged = 0;
        _nonElicitingUnacknowledged = 0;
        _immediate = false;
        Deadline = Instant.Never;
        AcksWritten++;
    }

    /// <summary>
    /// The peer has our ACK frame whose largest number was this: it need not hear again of what lay at or below (RFC 9000 §13.2.4).
    /// </summary>
    public void OnAckAcked(ulong largestAcked) => _reported.RemoveBelow(largestAcked + 1);

    private void NoteEliciting(ulong packetNumber, EcnCodepoint ecn, Instant now)
    {
        _elicitingUnacknowledged++;

        // RFC 9000 §13.2.1: reordering, a gap below, or congestion is told at once.
        if (_largestEliciting is { } largest)
        {
            if (packetNumber < largest || (packetNumber > largest + 1 && !_seen.ContainsAll(largest + 1, packetNumber)))
                _immediate = true;
        }
        else if (packetNumber > 0 && !_seen.ContainsAll(0, packetNumber))
            _immediate = true;

        if (ecn == EcnCodepoint.Ce)
            _immediate = true;
        if (_largestEliciting is null || packetNumber > _largestEliciting)
            _largestEliciting = packetNumber;
        if (space == PacketNumberSpace.Application && Deadline.IsNever)
            Deadline = now + MaxAckDelay;
    }

    private void CountEcn(EcnCodepoint ecn)
    {
        if (ecn == EcnCodepoint.NotEct)
            return;
        _ecnSeen = true;
        _ecn = ecn switch
        {
            EcnCodepoint.Ect0 => _ecn with { Ect0 = _ecn.Ect0 + 1 },
            EcnCodepoint.Ect1 => _ecn with { Ect1 = _ecn.Ect1 + 1 },
            _ => _ecn with { Ce = _ecn.Ce + 1 },
        };
    }

    private void Trim()
    {
        if (_seen.Count > MaxRanges)
        {
            _forgottenBelow = _seen[_seen.Count - MaxRanges - 1].End;
            _seen.RemoveFirst(_seen.Count - MaxRanges);
        }

        if (_reported.Count > MaxRanges)
            _reported.RemoveFirst(_reported.Count - MaxRanges);
    }
}
