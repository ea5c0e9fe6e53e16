using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// The connection IDs that the peer gave us (RFC 9000 §5.1.2). It owns which one is in use, the stateless reset tokens that came with
/// them, and
/// the RETIRE_CONNECTION_ID frames that are owed.
/// </summary>
internal sealed class RemoteConnectionIds
{
    /// <summary>What we announce as active_connection_id_limit.</summary>
    public const int ActiveLimit = 4;

    /// <summary>More retirements than this without an acknowledgement is a storm (robustness C1).</summary>
    public const int RetirementLimit = 3 * ActiveLimit;

    private readonly Entry[] _active = new Entry[ActiveLimit];
    private readonly Retirement[] _retiring = new Retirement[RetirementLimit];
    private int _count = 1;
    private int _retiringCount;
    private ulong _retirePriorTo;

    /// <param name="first">Sequence number 0: the peer's source connection ID; on a client at first the random one it invented.</param>
    public RemoteConnectionIds(in ConnectionId first) => _active[0] = new Entry(0, first, default, HasToken: false);

    /// <summary>The destination connection ID of what we send.</summary>
    public ConnectionId Current => _active[0].Id;

    public bool HasPending { get; private set; }

    /// <summary>The handshake told the peer's real ID, or a Retry's.</summary>
    public void ReplaceFirst(in ConnectionId id)
    {
        Debug.Assert(_active[0].SequenceNumber == 0);
        _active[0] = _active[0] with { Id = id };
    }

    /// <summary>The stateless_reset_token transport parameter.</summary>
    public void SetFirstToken(in StatelessResetToken token)
    {
        if (_active[0].SequenceNumber == 0)
            _active[0] = _active[0] with { Token = token, HasToken = true };
    }

    /// <summary>True when the last 16 bytes of a datagram are the token of an ID that we use or could use (RFC 9000 §10.3.1).</summary>
    public bool IsStatelessReset(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < 21)
            return false;
        var token = StatelessResetToken.FromSpan(datagram[^StatelessResetToken.Size..]);
        var matches = false;
        foreach (ref readonly var entry in _active.AsSpan(0, _count))
            matches |= entry.HasToken && entry.Token == token; // each comparison takes constant time
        return matches;
    }

    public QuicFault? OnNewConnectionId(in NewConnectionIdFrame frame)
    {
        if (Current.IsEmpty)
            return QuicFault.ProtocolViolation("NEW_CONNECTION_ID came from a peer that uses a zero-length connection ID.", FrameType.NewConnectionId);

        // RFC 9000 §19.15: the same number with another ID, or the same ID with another number.
        foreach (ref readonly var entry in _active.AsSpan(0, _count))
        {
            var sameNumber = entry.SequenceNumber == frame.SequenceNumber;
            var sameId = entry.Id == frame.ConnectionId;
            if (sameNumber && sameId)
                return RetireBelow(frame.RetirePriorTo);
            if (sameNumber || sameId)
                return QuicFault.ProtocolViolation("NEW_CONNECTION_ID reuses a sequence number or a connection ID for another.", FrameType.NewConnectionId);
        }

        if (frame.SequenceNumber < Math.Max(_retirePriorTo, frame.RetirePriorTo))
            return Retire(frame.SequenceNumber) ?? RetireBelow(frame.RetirePriorTo);

        if (frame.RetirePriorTo > _retirePriorTo)
        {
            // The new ID comes first, so that there is always one left to use.
            var kept = 0;
            _retirePriorTo = frame.RetirePriorTo;
            for (var i = 0; i < _count; i++)
            {
                if (_active[i].SequenceNumber >= _retirePriorTo)
                    _active[kept++] = _active[i];
                else if (Retire(_active[i].SequenceNumber) is { } fault)
                    return fault;
            }

            _count = kept;
        }

        if (_count == ActiveLimit)
            return QuicFault.ConnectionIdLimit(FrameType.NewConnectionId, $"The peer issued more than {ActiveLimit} connection IDs at a time.");
        _active[_count++] = new Entry(frame.SequenceNumber, frame.ConnectionId, frame.StatelessResetToken, HasToken: true);
        return null;
    }

    public void WriteFrames(ref PacketBuilder builder)
    {
        if (!HasPending)
            return;
        foreach (ref var retirement in _retiring.AsSpan(0, _retiringCount))
        {
            if (!retirement.IsPending)
                continue;
            var frame = new RetireConnectionIdFrame(retirement.SequenceNumber);
            if (builder.Remaining < frame.Length || !builder.CanRemember)
                return;
            frame.Write(ref builder.Writer);
            builder.Remember(new SentFrame(SentFrameKind.RetireConnectionId, retirement.SequenceNumber));
            retirement.IsPending = false;
        }

        HasPending = false;
    }

    public void OnRetireAcked(ulong sequenceNumber)
    {
        for (var i = 0; i < _retiringCount; i++)
        {
            if (_retiring[i].SequenceNumber != sequenceNumber)
                continue;
            _retiring[i] = _retiring[--_retiringCount];
            return;
        }
    }

    public void OnRetireLost(ulong sequenceNumber)
    {
        foreach (ref var retirement in _retiring.AsSpan(0, _retiringCount))
        {
            if (retirement.SequenceNumber == sequenceNumber)
                HasPending = retirement.IsPending = true;
        }
    }

    /// <summary>A repeated frame may still raise Retire Prior To, but never past the last ID we hold.</summary>
    private QuicFault? RetireBelow(ulong retirePriorTo)
    {
        if (retirePriorTo <= _retirePriorTo)
            return null;
        _retirePriorTo = retirePriorTo;
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_active[i].SequenceNumber >= retirePriorTo)
                _active[kept++] = _active[i];
            else if (Retire(_active[i].SequenceNumber) is { } fault)
                return fault;
        }

        if (kept == 0)
            return QuicFault.ProtocolViolation("The peer retired every connection ID that it had issued.", FrameType.NewConnectionId);
        _count = kept;
        return null;
    }

    private QuicFault? Retire(ulong sequenceNumber)
    {
        foreach (ref readonly var retirement in _retiring.AsSpan(0, _retiringCount))
        {
            if (retirement.SequenceNumber == sequenceNumber)
                return null;
        }

        if (_retiringCount == RetirementLimit)
            return QuicFault.ConnectionIdLimit(FrameType.NewConnectionId, "The peer retires connection IDs faster than it acknowledges their retirement.");
        _retiring[_retiringCount++] = new Retirement(sequenceNumber) { IsPending = true };
        HasPending = true;
        return null;
    }

    private readonly record struct Entry(ulong SequenceNumber, ConnectionId Id, StatelessResetToken Token, bool HasToken);

    private record struct Retirement(ulong SequenceNumber)
    {
        public bool IsPending { get; set; }
    }
}
