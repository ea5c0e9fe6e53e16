using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Answers to PATH_CHALLENGE (RFC 9000 §8.2.2): each goes out once, on the path its challenge came by, and is never retransmitted. At most
/// <see cref="Limit"/> wait; more challenges than that are dropped and counted (robustness P1).
/// </summary>
internal sealed class PathResponses
{
    /// <summary>Peers keep 3 (quiche) to 256 (quic-go); one packet of ours answers them all.</summary>
    public const int Limit = 4;

    private readonly Pending[] _pending = new Pending[Limit];
    private int _count;

    public bool HasPending => _count > 0;

    public ulong DroppedCount { get; private set; }

    public void OnPathChallenge(in PathChallengeFrame frame, in NetworkPath path, int datagramLength)
    {
        if (_count == Limit)
        {
            DroppedCount++;
            return;
        }

        _pending[_count++] = new Pending(frame.Data, path, datagramLength);
    }

    /// <summary>Writes the answers that belong on <paramref name="path"/> while they fit.</summary>
    public void WriteFrames(ref PacketBuilder builder, in NetworkPath path)
    {
        for (var i = 0; i < _count;)
        {
            if (_pending[i].Path != path || builder.Remaining < PathResponseFrame.Length)
            {
                i++;
                continue;
            }

            new PathResponseFrame(_pending[i].Data).Write(ref builder.Writer);
            builder.MarkAckEliciting();
            RemoveAt(i);
        }
    }

    /// <summary>The next path other than <paramref name="current"/> that an answer has to go to, and how many bytes may go there.</summary>
    public bool TryGetOther(in NetworkPath current, out NetworkPath path, out int allowance)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_pending[i].Path == current)
                continue;
            path = _pending[i].Path;
            allowance = _pending[i].DatagramLength * 3; // RFC 9000 §8.2.2: an unvalidated address gets at most threefold
            return true;
        }

        path = default;
        allowance = 0;
        return false;
    }

    public void Clear() => _count = 0;

    private void RemoveAt(int index)
    {
        _pending.AsSpan(index + 1, _count - index - 1).CopyTo(_pending.AsSpan(index));
        _count--;
    }

    private readonly record struct Pending(ulong Data, NetworkPath Path, int DatagramLength);
}
