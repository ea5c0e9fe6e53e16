using System.Diagnostics;

namespace Peregrine.Quic.Core;

/// <summary>
/// The frames of outstanding packets in the order of sending. It owns an array that grows to the most that was held at once.
/// </summary>
internal sealed class SentFrameRing
{
    private SentFrame[] _frames = [];
    private ulong _first;

    /// <summary>The position the next frame will have, counted since the beginning.</summary>
    public ulong Next { get; private set; }

    public ref readonly SentFrame this[ulong position]
    {
        get
        {
            Debug.Assert(position >= _first && position < Next);
            return ref SlotOf(position);
        }
    }

    public void Append(ReadOnlySpan<SentFrame> frames)
    {
        Reserve(frames.Length);
        foreach (ref readonly var frame in frames)
            SlotOf(Next++) = frame;
    }

    /// <summary>Forgets the frames before <paramref name="position"/>.</summary>
    public void ReleaseUntil(ulong position) => _first = position;

    /// <summary>Forgets all, and the array too.</summary>
    public void Release()
    {
        _first = Next;
        _frames = [];
    }

    private ref SentFrame SlotOf(ulong position) => ref _frames[(int)(position & (ulong)(_frames.Length - 1))];

    private void Reserve(int count)
    {
        var used = (int)(Next - _first);
        if (used + count <= _frames.Length)
            return;
        var old = _frames;
        var capacity = Math.Max(32, old.Length);
        while (capacity < used + count)
            capacity *= 2;
        _frames = new SentFrame[capacity];
        for (var position = _first; position < Next; position++)
            SlotOf(position) = old[(int)(position & (ulong)(old.Length - 1))];
    }
}
