namespace Peregrine.Http3;

/// <summary>
/// What a peer may cost us for nothing: frames that mean nothing, empty DATA frames, requests that are reset before their answer. A bucket
/// of tokens that refills with time; who empties it closes the connection with H3_EXCESSIVE_LOAD. Well-behaved peers spend a handful.
/// Thread-safe.
/// </summary>
internal sealed class GlitchBudget(int burst, int perSecond, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private double _tokens = burst;
    private long _refilled = clock.GetTimestamp();
    private long _spent;

    /// <summary>How many there were.</summary>
    public long Spent => Interlocked.Read(ref _spent);

    /// <summary>Counts one; throws the error of the connection when there were too many in too short a time.</summary>
    /// <param name="what">What the peer did, as the rest of a sentence after "The peer sent too many".</param>
    public void Spend(string what)
    {
        Interlocked.Increment(ref _spent);
        Http3Metrics.Glitches.Add(1);
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + (clock.GetElapsedTime(_refilled, now).TotalSeconds * perSecond));
            _refilled = now;
            if (_tokens >= 1)
            {
                _tokens--;
                return;
            }
        }

        throw Http3Exception.OnConnection(
            Http3ErrorCode.ExcessiveLoad,
            $"The peer sent too many {what}: more than {burst} such things at once, or {perSecond} a second (MaxGlitches).");
    }
}
