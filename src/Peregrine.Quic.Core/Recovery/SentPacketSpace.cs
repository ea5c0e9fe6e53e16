using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The sent packets of one packet number space, and what became of them. It owns two rings that grow to the most that was
/// outstanding at once: one slot for each number since the oldest that matters, and the frames.
/// Who hears of the frames is an argument. Every packet is visited a fixed number of times, whatever the peer's ACK frames repeat.
/// </summary>
internal sealed class SentPacketSpace(PacketNumberSpace space)
{
    /// <summary>The most numbers between the oldest remembered and the next; beyond it the oldest is given up.</summary>
    public const int MaxSpan = 32_768;

    /// <summary>The most packets remembered that the peer need not acknowledge (robustness A3).</summary>
    public const int MaxAckOnly = 64;

    /// <summary>How far behind the largest acknowledged number a lost packet is kept to recognise its late acknowledgement.</summary>
    private const ulong ReorderingMemory = 128;

    private readonly SentFrameRing _frames = new();
    private SentPacket[] _packets = [];

    // Numbers of [_base, NextPacketNumber) have a slot; below _firstOutstanding none is outstanding.
    private ulong _base;
    private ulong _firstOutstanding;
    private ulong? _lastSkipped;
    private int _ackOnlyOutstanding;
    private int _lostRemembered;

    /// <summary>The number the next packet carries.</summary>
    public ulong NextPacketNumber { get; private set; }

    public ulong? LargestAcked { get; private set; }

    /// <summary>
    /// When the oldest outstanding packet counts as lost because later ones were acknowledged; Never when none waits for that.
    /// </summary>
    public Instant LossTime { get; private set; } = Instant.Never;

    /// <summary>From when the probe timeout runs: the last ack-eliciting packet, or the last probe timeout.</summary>
    public Instant ProbeAnchor { get; set; } = Instant.Never;

    public int ElicitingOutstanding { get; private set; }

    public int InFlightPackets { get; private set; }

    public ulong BytesInFlight { get; private set; }

    public bool IsDiscarded { get; private set; }

    /// <summary>Slots in use; for tests and counters.</summary>
    public int Span => (int)(NextPacketNumber - _base);

    /// <summary>The oldest number that is outstanding, if any.</summary>
    public ulong? OldestOutstanding => _firstOutstanding < NextPacketNumber ? _firstOutstanding : null;

    /// <summary>True when <see cref="Add"/> has no slot left unless <see cref="GiveUpOldest"/> makes one.</summary>
    public bool IsFull => NextPacketNumber - _base >= MaxSpan;

    /// <summary>Leaves out a number. A peer that acknowledges it lies about what it received (RFC 9000 §21.4).</summary>
    public void Skip()
    {
        _lastSkipped = NextPacketNumber;
        Append() = default;
        Advance();
    }

    public void Add(
        ulong packetNumber, int bytes, bool ackEliciting, bool inFlight, ReadOnlySpan<SentFrame> frames, ISentFrameSink sink, Instant now)
    {
        Debug.Assert(packetNumber == NextPacketNumber && !IsDiscarded);
        ref var packet = ref Append();
        packet = new SentPacket
        {
            TimeSent = now,
            FirstFrame = _frames.Next,
            Bytes = (ushort)bytes,
            FrameCount = (ushort)frames.Length,
            State = SentPacketState.Outstanding,
            AckEliciting = ackEliciting,
            InFlight = inFlight,
        };
        _frames.Append(frames);
        if (ackEliciting)
        {
            ElicitingOutstanding++;
            ProbeAnchor = now;
        }

        if (inFlight)
        {
            InFlightPackets++;
            BytesInFlight += (ulong)bytes;
            return;
        }

        // Those at the front only: behind a packet in flight the span is bounded by that packet's own fate.
        _ackOnlyOutstanding++;
        while (_ackOnlyOutstanding > MaxAckOnly && !SlotOf(_firstOutstanding).InFlight)
        {
            Forget(ref SlotOf(_firstOutstanding), sink, now);
            Advance();
        }
    }

    /// <summary>
    /// Takes one range of an ACK frame; ranges come largest first. False when it contains a number that was left out. The caller has
    /// checked
    /// that the largest was sent, and calls <see cref="OnLargestAcked"/> after the last range.
    /// </summary>
    public bool TryAcknowledge(AckRange range, ISentFrameSink sink, Instant now, ref AckTally tally)
    {
        if (_lastSkipped is { } skipped && skipped >= range.Smallest && skipped <= range.Largest)
            return false;

        var first = Math.Max(range.Smallest, _lostRemembered > 0 ? _base : _firstOutstanding);
        for (var number = first; number <= range.Largest; number++)
        {
            ref var packet = ref SlotOf(number);
            if (packet.State == SentPacketState.Outstanding)
                Acknowledge(ref packet, number, sink, now, ref tally);
            else if (packet.State == SentPacketState.Lost)
            {
                packet.State = SentPacketState.Acked;
                _lostRemembered--;
                tally.Spurious++;
            }
        }

        return true;
    }

    public void OnLargestAcked(ulong packetNumber)
    {
        if (LargestAcked is null || packetNumber > LargestAcked)
            LargestAcked = packetNumber;
        Advance();
    }

    /// <summary>
    /// RFC 9002 §6.1: declares packets lost by number or by time, and sets <see cref="LossTime"/> for the first that is not yet.
    /// </summary>
    public void DetectLosses(
        Duration lossDelay, uint packetThreshold, Instant firstRttSample, ISentFrameSink sink, Instant now, ref LossTally tally)
    {
        LossTime = Instant.Never;
        if (LargestAcked is not { } largestAcked)
            return;

        // Send times rise with the numbers, so nothing behind the first packet in flight that is not lost can be.
        var outageStart = Instant.Never;
        for (var number = _firstOutstanding; number <= largestAcked; number++)
        {
            ref var packet = ref SlotOf(number);
            if (packet.State == SentPacketState.Acked)
                outageStart = Instant.Never;
            if (packet.State != SentPacketState.Outstanding)
                continue;

            var lostByTime = packet.TimeSent <= now - lossDelay;
            if (!lostByTime && largestAcked - number < packetThreshold)
            {
                if (!packet.InFlight)
                    continue;
                LossTime = packet.TimeSent + lossDelay;
                break;
            }

            if (packet.AckEliciting && packet.TimeSent > firstRttSample)
            {
                outageStart = Instant.Min(outageStart, packet.TimeSent);
                tally.LongestOutage = Duration.Max(tally.LongestOutage, packet.TimeSent - outageStart);
            }

            Lose(ref packet, sink, now, ref tally);
            packet.State = SentPacketState.Lost;
            _lostRemembered++;
        }

        Advance();
    }

    /// <summary>
    /// Reports the information in the oldest packets as lost, so that probes have something useful to carry (RFC 9002 §6.2.4). The packets
    /// stay outstanding and in flight.
    /// </summary>
    public void ResendOldest(int packets, ISentFrameSink sink, Instant now)
    {
        for (var number = _firstOutstanding; number < NextPacketNumber && packets > 0; number++)
        {
            ref var packet = ref SlotOf(number);
            if (packet.State != SentPacketState.Outstanding || packet.Resent || !packet.AckEliciting)
                continue;

            var resent = false;
            for (var i = 0UL; i < packet.FrameCount; i++)
            {
                ref readonly var frame = ref _frames[packet.FirstFrame + i];
                if (!IsResendable(frame.Kind))
                    continue;
                sink.OnFrameLost(space, frame, now);
                resent = true;
            }

            packet.Resent = resent;
            if (resent)
                packets--;
        }
    }

    /// <summary>Reports everything outstanding as lost, without that being a loss: it was sent in vain (Retry, rejected 0-RTT).</summary>
    public void ResendAll(ISentFrameSink sink, Instant now)
    {
        for (var number = _firstOutstanding; number < NextPacketNumber; number++)
        {
            if (SlotOf(number).State == SentPacketState.Outstanding)
                Forget(ref SlotOf(number), sink, now);
        }

        LossTime = Instant.Never;
        Advance();
    }

    /// <summary>Makes room when <see cref="IsFull"/>: the oldest packet is lost if it was outstanding.</summary>
    public void GiveUpOldest(ISentFrameSink sink, Instant now, ref LossTally tally)
    {
        ref var packet = ref SlotOf(_base);
        if (packet.State == SentPacketState.Outstanding)
            Lose(ref packet, sink, now, ref tally);
        else if (packet.State == SentPacketState.Lost)
            _lostRemembered--;
        packet.State = SentPacketState.None;
        Advance();
    }

    /// <summary>RFC 9002 §6.4: the keys are gone. Nobody hears of the frames, and late ACKs mean nothing.</summary>
    public void Discard()
    {
        IsDiscarded = true;
        _packets = [];
        _frames.Release();
        _base = _firstOutstanding = NextPacketNumber;
        _ackOnlyOutstanding = _lostRemembered = ElicitingOutstanding = InFlightPackets = 0;
        BytesInFlight = 0;
        LossTime = Instant.Never;
        ProbeAnchor = Instant.Never;
    }

    /// <summary>
    /// Frames that carry information somebody would send again; the fate of the others stays open until their packet's is known.
    /// </summary>
    private static bool IsResendable(SentFrameKind kind) =>
        kind is not (SentFrameKind.None or SentFrameKind.Ping or SentFrameKind.Ack or SentFrameKind.Datagram);

    private void Acknowledge(ref SentPacket packet, ulong number, ISentFrameSink sink, Instant now, ref AckTally tally)
    {
        tally.Packets++;
        tally.AnyAckEliciting |= packet.AckEliciting;
        if (tally.Packets == 1 || number > tally.LargestPacketNumber)
        {
            tally.LargestPacketNumber = number;
            tally.LargestTimeSent = packet.TimeSent;
        }

        if (packet.InFlight)
        {
            tally.Bytes += packet.Bytes;
            if (packet.TimeSent > tally.RecoveryStart)
                tally.GrowthBytes += packet.Bytes;
        }

        Settle(ref packet, SentPacketState.Acked);
        for (var i = 0UL; i < packet.FrameCount; i++)
        {
            ref readonly var frame = ref _frames[packet.FirstFrame + i];
            if (!packet.Resent || !IsResendable(frame.Kind))
                sink.OnFrameAcked(space, frame, now);
        }
    }

    private void Lose(ref SentPacket packet, ISentFrameSink sink, Instant now, ref LossTally tally)
    {
        if (packet.InFlight)
        {
            tally.Packets++;
            tally.Bytes += packet.Bytes;
            tally.LargestTimeSent = packet.TimeSent;
        }

        Forget(ref packet, sink, now);
    }

    private void Forget(ref SentPacket packet, ISentFrameSink sink, Instant now)
    {
        Settle(ref packet, SentPacketState.None);
        for (var i = 0UL; i < packet.FrameCount; i++)
        {
            ref readonly var frame = ref _frames[packet.FirstFrame + i];
            if (!packet.Resent || !IsResendable(frame.Kind))
                sink.OnFrameLost(space, frame, now);
        }
    }

    private void Settle(ref SentPacket packet, SentPacketState state)
    {
        Debug.Assert(packet.State == SentPacketState.Outstanding);
        packet.State = state;
        if (packet.AckEliciting)
            ElicitingOutstanding--;
        if (!packet.InFlight)
        {
            _ackOnlyOutstanding--;
            return;
        }

        InFlightPackets--;
        BytesInFlight -= packet.Bytes;
    }

    /// <summary>Lets go of what lies before the oldest packet that matters.</summary>
    private void Advance()
    {
        while (_firstOutstanding < NextPacketNumber && SlotOf(_firstOutstanding).State != SentPacketState.Outstanding)
            _firstOutstanding++;
        _frames.ReleaseUntil(_firstOutstanding < NextPacketNumber ? SlotOf(_firstOutstanding).FirstFrame : _frames.Next);

        while (_base < _firstOutstanding)
        {
            if (SlotOf(_base).State == SentPacketState.Lost)
            {
                if (LargestAcked - _base < ReorderingMemory)
                    return;
                _lostRemembered--;
            }

            _base++;
        }
    }

    private ref SentPacket SlotOf(ulong number) => ref _packets[(int)(number & (ulong)(_packets.Length - 1))];

    private ref SentPacket Append()
    {
        Debug.Assert(!IsFull);
        if (Span == _packets.Length)
        {
            var old = _packets;
            _packets = new SentPacket[Math.Max(16, old.Length * 2)];
            for (var number = _base; number < NextPacketNumber; number++)
                SlotOf(number) = old[(int)(number & (ulong)(old.Length - 1))];
        }

        return ref SlotOf(NextPacketNumber++);
    }
}
