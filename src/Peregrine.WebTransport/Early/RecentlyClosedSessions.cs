namespace Peregrine.WebTransport;

/// <summary>
/// Remembers the last sixteen sessions of a connection that ended, so that streams which arrive after their session are refused with
/// WT_SESSION_GONE instead of being kept for a session that will never come. It never grows.
/// </summary>
internal sealed class RecentlyClosedSessions
{
    public const int Capacity = 16;

    private readonly long[] _ids = CreateEmpty();
    private int _next;

    public void Add(long sessionId)
    {
        if (Contains(sessionId))
            return;
        _ids[_next] = sessionId;
        _next = (_next + 1) % Capacity;
    }

    public bool Contains(long sessionId) => _ids.AsSpan().Contains(sessionId);

    private static long[] CreateEmpty()
    {
        var ids = new long[Capacity];
        ids.AsSpan().Fill(-1);
        return ids;
    }
}
