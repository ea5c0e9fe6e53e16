namespace Peregrine.Http3;

/// <summary>
/// Which requests a server serves: as many at once as allowed, and none from the ID on that its GOAWAY named. Both are decided under one
/// lock, so that a GOAWAY never names a request that is served (RFC 9114 §5.2). Thread-safe.
/// </summary>
internal sealed class RequestAdmission(int maxConcurrent)
{
    /// <summary>The largest ID that a request can have: a first GOAWAY names it, while requests are still on their way.</summary>
    public const long LargestRequestId = (1L << 62) - 4;

    private readonly Lock _lock = new();
    private long _nextStreamId;
    private long _goAwayId = long.MaxValue;
    private int _active;
    private long _seen;

    /// <summary>Requests that were admitted and are not released.</summary>
    public int Active
    {
        get
        {
            lock (_lock)
                return _active;
        }
    }

    /// <summary>Requests that asked, admitted or not.</summary>
    public long Seen
    {
        get
        {
            lock (_lock)
                return _seen;
        }
    }

    /// <summary>Admits a request; otherwise says why not.</summary>
    public string? TryAdmit(long streamId)
    {
        lock (_lock)
        {
            _seen++;
            if (streamId >= _goAwayId)
                return "it came after our GOAWAY";
            if (_active >= maxConcurrent)
                return "too many requests are under way";
            _active++;
            _nextStreamId = Math.Max(_nextStreamId, streamId + 4);
            return null;
        }
    }

    public void Release()
    {
        lock (_lock)
            _active--;
    }

    /// <summary>Admits nothing any more from the first ID on that was not admitted, which is returned. It never grows.</summary>
    public long Close()
    {
        lock (_lock)
            return _goAwayId = Math.Min(_goAwayId, _nextStreamId);
    }
}
