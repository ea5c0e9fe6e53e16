using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Loss detection and the gate for sending (RFC 9002): it numbers packets, remembers what was sent in each space, says what was
/// acknowledged
/// or lost through <see cref="ISentFrameSink"/>, keeps the one timer of both, and holds congestion control and pacing.
/// <para>
/// To send: ask <see cref="CanSend"/> and <see cref="PacingTime"/> unless <see cref="TryTakeProbe"/> gave a probe, take
/// <see cref="NextPacketNumber"/>, and report the packet with <see cref="OnPacketSent"/> before the next is numbered.
/// To time: call <see cref="OnTimeout"/> whenever <see cref="NextTimeout"/> has come.
/// </para>
/// </summary>
internal sealed class LossRecovery
{
    // RFC 9002 §7.6.1.
    private const int PersistentCongestionThreshold = 3;

    // After so many packets in a row that elicit no ACK, one that does lets old ones be forgotten (RFC 9000 §13.2.4).
    private const int AckOnlyBeforeElicit = 19;

    private readonly RecoverySettings _settings;
    private readonly ICongestionController _congestion;
    private readonly bool _isServer;
    private readonly SentPacketSpace[] _spaces;
    private readonly ISentFrameSink _sink;
    private readonly ProbeTimeout _probe = new();
    private readonly Pacer _pacer = new();
    private WindowUse _windowUse;
    private Instant _lastActivity = Instant.Never;
    private Instant _pathStart = new(long.MinValue);
    private bool _peerCompletedAddressValidation;
    private int _ackOnlyInARow;

    public LossRecovery(
        RecoverySettings settings, ICongestionController congestion, bool isServer, SentPacketSpace[] spaces, ISentFrameSink sink)
    {
        _settings = settings;
        _congestion = congestion;
        _isServer = isServer;
        MaxDatagramSize = settings.Congestion.MaxDatagramSize;
        Rtt = new RttEstimator(settings.InitialRtt);
        _spaces = spaces;
        _sink = sink;
    }

    public RttEstimator Rtt { get; }

    public Duration SmoothedRtt => Rtt.Smoothed;

    /// <summary>The peer's max_ack_delay transport parameter.</summary>
    public Duration PeerMaxAckDelay { get; set; } = Duration.FromMilliseconds(25);

    /// <summary>RFC 9001 §4.1.2. Until then 1-RTT packets have no probe timeout.</summary>
    public bool HandshakeConfirmed { get; set; }

    /// <summary>Client: decides in which space a probe without anything in flight is sent (RFC 9002 §6.2.2.1).</summary>
    public bool HasHandshakeKeys { get; set; }

    /// <summary>Server: nothing may be sent until more arrives, so no probe timeout runs (RFC 9002 §6.2.2.1).</summary>
    public bool AtAntiAmplificationLimit { get; set; }

    /// <summary>True when the peer is known not to wait for our packets to validate our address. Always so on a server.</summary>
    public bool PeerCompletedAddressValidation
    {
        get => _isServer || _peerCompletedAddressValidation || HandshakeConfirmed;
        set => _peerCompletedAddressValidation = value;
    }

    public int MaxDatagramSize { get; private set; }

    public ulong CongestionWindow => _congestion.CongestionWindow;

    public bool InSlowStart => _congestion.InSlowStart;

    public ulong BytesInFlight => _spaces[0].BytesInFlight + _spaces[1].BytesInFlight + _spaces[2].BytesInFlight;

    public int PacketsInFlight => _spaces[0].InFlightPackets + _spaces[1].InFlightPackets + _spaces[2].InFlightPackets;

    public ulong PacketsSent { get; private set; }

    public ulong BytesSent { get; private set; }

    public ulong PacketsAcked { get; private set; }

    public ulong PacketsLost { get; private set; }

    /// <summary>Packets that were acknowledged after they had been declared lost.</summary>
    public ulong SpuriousLosses { get; private set; }

    public ulong CongestionEvents => _congestion.CongestionEvents;

    public ulong ProbeTimeouts => _probe.Total;

    /// <summary>Probe timeouts since the last progress.</summary>
    public int ProbeTimeoutCount => _probe.Count;

    /// <summary>
    /// True when the next 1-RTT packet that would hold an ACK alone should hold a PING too, so that the peer acknowledges our ACKs.
    /// </summary>
    public bool ShouldElicitAck => _ackOnlyInARow >= AckOnlyBeforeElicit;

    /// <summary>When <see cref="OnTimeout"/> is due: the first loss by time, or else the probe timeout; Never when neither runs.</summary>
    public Instant NextTimeout
    {
        get
        {
            var lossTime = EarliestLossTime(out _);
            return lossTime.IsNever ? ProbeTime(out _) : lossTime;
        }
    }

    /// <summary>The number that the next packet of the space must carry. Stays the same until that packet is reported sent.</summary>
    public ulong NextPacketNumber(PacketNumberSpace space) => SpaceOf(space).NextPacketNumber;

    public ulong? LargestAcked(PacketNumberSpace space) => SpaceOf(space).LargestAcked;

    /// <summary>The bytes the next packet number needs on the wire, 1 to 4 (RFC 9000 §17.1, Appendix A.2).</summary>
    public int PacketNumberLength(PacketNumberSpace space)
    {
        var sent = SpaceOf(space);
        var unacknowledged = sent.LargestAcked is { } largest ? sent.NextPacketNumber - largest : sent.NextPacketNumber + 1;
        return unacknowledged <= 1 << 7 ? 1 : unacknowledged <= 1 << 15 ? 2 : unacknowledged <= 1 << 23 ? 3 : 4;
    }

    /// <summary>Leaves out one number, against peers that acknowledge what they did not receive (RFC 9000 §21.4).</summary>
    public void SkipPacketNumber(PacketNumberSpace space, Instant now)
    {
        MakeRoom(SpaceOf(space), now);
        SpaceOf(space).Skip();
    }

    /// <summary>True when the congestion window, and the number of packets remembered, let so many bytes go. Probes need not ask.</summary>
    public bool CanSend(int bytes) =>
        BytesInFlight + (ulong)bytes <= _congestion.CongestionWindow && PacketsInFlight < _settings.MaxTrackedPackets;

    /// <summary>
    /// When pacing lets a full datagram go: <paramref name="now"/> if at once, else an instant at least a millisecond later; not Never.
    /// </summary>
    public Instant PacingTime(Instant now) => _settings.Pacing ? _pacer.NextSendTime(MaxDatagramSize, now) : now;

    /// <summary>
    /// Remembers a packet. <paramref name="inFlight"/> is true for all that hold more than ACK and CONNECTION_CLOSE frames (RFC 9002 §2).
    /// </summary>
    public void OnPacketSent(
        PacketNumberSpace space, ulong packetNumber, int bytes, bool ackEliciting, bool inFlight, ReadOnlySpan<SentFrame> frames, Instant now)
    {
        Debug.Assert(inFlight || !ackEliciting);
        var sent = SpaceOf(space);
        MakeRoom(sent, now);
        var before = BytesInFlight;
        sent.Add(packetNumber, bytes, ackEliciting, inFlight, frames, _sink, now);
        _lastActivity = now;
        PacketsSent++;
        BytesSent += (ulong)bytes;
        _ackOnlyInARow = ackEliciting || space != PacketNumberSpace.Application ? 0 : Math.Min(_ackOnlyInARow + 1, AckOnlyBeforeElicit);
        if (!inFlight)
            return;
        _congestion.OnPacketSent(bytes, before, now);
        _windowUse.OnSent(before, before + (ulong)bytes);
        _pacer.OnSent(bytes, now);
    }

    /// <summary>
    /// Takes an ACK frame. The result is the fault to close with, if any; <paramref name="ackDelay"/> is decoded by the caller.
    /// </summary>
    public QuicFault? OnAckReceived(PacketNumberSpace space, in AckFrame ack, Duration ackDelay, Instant now)
    {
        var sent = SpaceOf(space);
        if (sent.IsDiscarded)
            return null;

        // RFC 9000 §13.1 (robustness A1, A2).
        if (ack.LargestAcknowledged >= sent.NextPacketNumber)
            return QuicFault.ProtocolViolation("An ACK frame acknowledged a packet that was never sent.", FrameType.Ack);
        var window = _congestion.CongestionWindow;
        var events = _congestion.CongestionEvents;
        var tally = new AckTally(_congestion.RecoveryStart);
        foreach (var range in ack.Ranges)
        {
            if (!sent.TryAcknowledge(range, _sink, now, ref tally))
                return QuicFault.ProtocolViolation("An ACK frame acknowledged a packet number that was left out.", FrameType.Ack);
        }

        sent.OnLargestAcked(ack.LargestAcknowledged);
        SpuriousLosses += (ulong)tally.Spurious;
        if (!_isServer && space == PacketNumberSpace.Handshake)
            _peerCompletedAddressValidation = true;
        if (tally.Packets == 0)
            return null;

        _lastActivity = now;
        PacketsAcked += (ulong)tally.Packets;
        var sample = TakeRttSample(space, ack.LargestAcknowledged, tally, ackDelay, now);
        var limited = _windowUse.WasLimited(window, _congestion.InSlowStart, MaxDatagramSize);
        DetectLosses(sent, now);

        // RFC 9002 Appendix B: losses come first, and if they shrank the window, what this ACK acknowledged was sent before that.
        var growth = _congestion.CongestionEvents == events ? tally.GrowthBytes : 0;
        _congestion.OnPacketsAcked(new AckedPackets(growth, tally.LargestTimeSent, sample, Rtt.Smoothed, limited, now));
        _windowUse.OnAcked(tally.LargestTimeSent, BytesInFlight, now);
        _pacer.SetRate(_congestion.CongestionWindow, Rtt.Smoothed, _congestion.InSlowStart, MaxDatagramSize, now);

        // RFC 9002 §6.2.1: not while an Initial ACK may be all that the client ever hears of a server that waits for it.
        if (PeerCompletedAddressValidation)
            _probe.ResetBackOff();
        if (tally.AnyAckEliciting)
            _probe.Cancel(space);
        return null;
    }

    /// <summary>Handles the timer: declares losses by time, or grants probes. Does nothing when it is called early.</summary>
    public void OnTimeout(Instant now)
    {
        var lossTime = EarliestLossTime(out var lossSpace);
        if (!lossTime.IsNever)
        {
            if (lossTime <= now)
                DetectLosses(_spaces[(int)lossSpace], now);
            return;
        }

        if (ProbeTime(out var space) > now)
            return;
        _probe.OnTimeout();
        _lastActivity = now;
        if (_spaces[(int)space].ElicitingOutstanding == 0)
            _probe.Grant(space, 1);
        else
            GrantProbes(space, now);
    }

    /// <summary>
    /// Takes the permission for one probe: an ack-eliciting packet that leaves whatever the congestion window and the pacer say. Lost or
    /// new
    /// data is best, else a PING.
    /// </summary>
    public bool TryTakeProbe(out PacketNumberSpace space) => _probe.TryTake(out space);

    /// <summary>A probe of this space, seen by <see cref="ProbesPending"/>, is in the packet just reported.</summary>
    public void OnProbeSent(PacketNumberSpace space) => _probe.Take(space);

    public int ProbesPending(PacketNumberSpace space) => _probe.Pending(space);

    /// <summary>The probe timeout of a space without backoff (RFC 9002 §6.2.1).</summary>
    public Duration Pto(PacketNumberSpace space) => space == PacketNumberSpace.Application ? PtoForClosing : Rtt.ProbeBase;

    /// <summary>The period of which three make the closing and draining timer (RFC 9000 §10.2).</summary>
    public Duration PtoForClosing => Rtt.ProbeBase + PeerMaxAckDelay;

    /// <summary>A space was discarded with all that was in flight there (RFC 9002 §6.4): its probes and the backoff end.</summary>
    public void OnSpaceDiscarded(PacketNumberSpace space)
    {
        Debug.Assert(space != PacketNumberSpace.Application && SpaceOf(space).IsDiscarded);
        _probe.Cancel(space);
        _probe.ResetBackOff();
    }

    /// <summary>
    /// Client, at a Retry (RFC 9002 §6.3): what was sent is to be sent again, Initial and 0-RTT alike, numbers go on (RFC 9000 §17.2.5.3),
    /// and timing starts over.
    /// </summary>
    public void ResetForRetry(Instant now)
    {
        SpaceOf(PacketNumberSpace.Initial).ResendAll(_sink, now);
        SpaceOf(PacketNumberSpace.Application).ResendAll(_sink, now);
        _probe.ResetBackOff();
        _probe.Cancel(PacketNumberSpace.Initial);
        _lastActivity = now;
    }

    /// <summary>
    /// Client, when the server refused 0-RTT: what was sent in it is to be sent again (RFC 9002 §6.4 lets it leave the flight).
    /// </summary>
    public void ResetForRejectedZeroRtt(Instant now) => SpaceOf(PacketNumberSpace.Application).ResendAll(_sink, now);

    /// <summary>The path is another one (RFC 9000 §9.4): congestion control, pacing and the round-trip time start over.</summary>
    public void ResetForNewPath(int maxDatagramSize, Instant now)
    {
        MaxDatagramSize = maxDatagramSize;
        _congestion.OnMaxDatagramSizeChanged(maxDatagramSize);
        _congestion.Reset(now);
        _pacer.Reset();
        _windowUse = default;
        Rtt.Reset();
        _probe.ResetBackOff();
        _pathStart = now;
    }

    /// <summary>Path MTU discovery found that datagrams may be larger, or must be smaller.</summary>
    public void SetMaxDatagramSize(int maxDatagramSize)
    {
        MaxDatagramSize = maxDatagramSize;
        _congestion.OnMaxDatagramSizeChanged(maxDatagramSize);
    }

    private SentPacketSpace SpaceOf(PacketNumberSpace space) => _spaces[(int)space];

    /// <summary>RFC 9002 §5.1: only the largest number, newly acknowledged, along with anything that had to be, gives a sample.</summary>
    private Duration TakeRttSample(PacketNumberSpace space, ulong largest, in AckTally tally, Duration ackDelay, Instant now)
    {
        if (tally.LargestPacketNumber != largest || !tally.AnyAckEliciting || tally.LargestTimeSent < _pathStart)
            return Duration.Zero;

        // RFC 9002 §5.3: Initial packets are not delayed on purpose, and once confirmed the peer keeps to its max_ack_delay.
        if (space == PacketNumberSpace.Initial)
            ackDelay = Duration.Zero;
        else if (HandshakeConfirmed)
            ackDelay = Duration.Min(ackDelay, PeerMaxAckDelay);
        Rtt.AddSample(now - tally.LargestTimeSent, ackDelay, now);
        return Rtt.Latest;
    }

    private void DetectLosses(SentPacketSpace sent, Instant now)
    {
        var tally = new LossTally();
        sent.DetectLosses(Rtt.LossDelay, _settings.PacketThreshold, Rtt.FirstSampleTime, _sink, now, ref tally);
        OnLosses(tally, now);
    }

    private void OnLosses(in LossTally tally, Instant now)
    {
        if (tally.Packets == 0)
            return;
        PacketsLost += (ulong)tally.Packets;
        _congestion.OnCongestionEvent(tally.LargestTimeSent, now);

        // RFC 9002 §7.6.
        if (tally.LongestOutage > PtoForClosing * PersistentCongestionThreshold)
        {
            _congestion.OnPersistentCongestion();
            Rtt.OnPersistentCongestion();
        }

        _pacer.SetRate(_congestion.CongestionWindow, Rtt.Smoothed, _congestion.InSlowStart, MaxDatagramSize, now);
    }

    /// <summary>
    /// The last resort of a sender that is far beyond every other bound: no more than <see cref="SentPacketSpace.MaxSpan"/> numbers.
    /// </summary>
    private void MakeRoom(SentPacketSpace sent, Instant now)
    {
        if (!sent.IsFull)
            return;
        var tally = new LossTally();
        while (sent.IsFull)
            sent.GiveUpOldest(_sink, now, ref tally);
        OnLosses(tally, now);
    }

    private Instant EarliestLossTime(out PacketNumberSpace space)
    {
        var earliest = Instant.Never;
        space = default;
        for (var s = PacketNumberSpace.Initial; s <= PacketNumberSpace.Application; s++)
        {
            if (_spaces[(int)s].LossTime < earliest)
                (earliest, space) = (_spaces[(int)s].LossTime, s);
        }

        return earliest;
    }

    /// <summary>RFC 9002 Appendix A.8, GetPtoTimeAndSpace.</summary>
    private Instant ProbeTime(out PacketNumberSpace space)
    {
        space = default;
        if (AtAntiAmplificationLimit)
            return Instant.Never;

        var earliest = Instant.Never;
        for (var s = PacketNumberSpace.Initial; s <= PacketNumberSpace.Application; s++)
        {
            if (_spaces[(int)s].ElicitingOutstanding == 0 || (s == PacketNumberSpace.Application && !HandshakeConfirmed))
                continue;
            var time = _spaces[(int)s].ProbeAnchor + _probe.BackOff(Pto(s));
            if (time < earliest)
                (earliest, space) = (time, s);
        }

        if (!earliest.IsNever || PeerCompletedAddressValidation || _lastActivity.IsNever)
            return earliest;

        // RFC 9002 §6.2.2.1: a server at its limit waits for us, even if it has acknowledged all.
        space = HasHandshakeKeys || SpaceOf(PacketNumberSpace.Initial).IsDiscarded ? PacketNumberSpace.Handshake : PacketNumberSpace.Initial;
        return _lastActivity + _probe.BackOff(Rtt.ProbeBase);
    }

    private void GrantProbes(PacketNumberSpace timedOut, Instant now)
    {
        for (var s = PacketNumberSpace.Initial; s <= PacketNumberSpace.Application; s++)
        {
            // RFC 9002 §6.2.4: other spaces with something in flight take part while the handshake lasts.
            var sent = _spaces[(int)s];
            if (sent.ElicitingOutstanding == 0 || (s != timedOut && s == PacketNumberSpace.Application))
                continue;
            sent.ProbeAnchor = now;
            sent.ResendOldest(ProbeTimeout.ProbesPerTimeout, _sink, now);
            _probe.Grant(s, ProbeTimeout.ProbesPerTimeout);
        }
    }
}
