using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Peregrine.Quic.Core;

/// <summary>The lines a stream can stand in, each with links of its own inside the stream.</summary>
internal enum StreamQueueKind
{
    Control,
    Urgent,
    Fresh,
    Blocked,
}

/// <summary>Where a stream stands in one queue.</summary>
internal struct StreamLink
{
    public CoreStream? Previous;
    public CoreStream? Next;
    public bool IsQueued;
}

/// <summary>One link for each <see cref="StreamQueueKind"/>.</summary>
[InlineArray(4)]
internal struct StreamLinks
{
    private StreamLink _first;
}

/// <summary>Streams in line, each at most once. The links lie in the streams, so nothing is allocated.</summary>
internal sealed class StreamQueue(StreamQueueKind kind)
{
    private CoreStream? _last;

    public CoreStream? First { get; private set; }

    public bool IsEmpty => First is null;

    public bool Contains(CoreStream stream) => stream.Links[(int)kind].IsQueued;

    /// <summary>Puts the stream at the end, unless it stands in the line already.</summary>
    public void Add(CoreStream stream)
    {
        ref var link = ref stream.Links[(int)kind];
        if (link.IsQueued)
            return;
        link.IsQueued = true;
        link.Previous = _last;
        link.Next = null;
        if (_last is null)
            First = stream;
        else
            _last.Links[(int)kind].Next = stream;
        _last = stream;
    }

    public void Remove(CoreStream stream)
    {
        ref var link = ref stream.Links[(int)kind];
        if (!link.IsQueued)
            return;
        if (link.Previous is null)
            First = link.Next;
        else
            link.Previous.Links[(int)kind].Next = link.Next;
        if (link.Next is null)
            _last = link.Previous;
        else
            link.Next.Links[(int)kind].Previous = link.Previous;
        link = default;
        Debug.Assert(First is null == _last is null);
    }

    /// <summary>Puts the stream in line or takes it out.</summary>
    public void Set(CoreStream stream, bool isQueued)
    {
        if (isQueued)
            Add(stream);
        else
            Remove(stream);
    }

    public void MoveToEnd(CoreStream stream)
    {
        if (stream == _last)
            return;
        Remove(stream);
        Add(stream);
    }
}
