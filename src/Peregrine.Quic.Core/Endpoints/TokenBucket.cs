using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Lets <c>rate</c> things a second pass, and as many in one burst.</summary>
internal sealed class TokenBucket(int rate)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly long _cost = NanosecondsPerSecond / Math.Max(1, rate);
    private Instant _emptyAt;

    public bool TryTake(Instant now)
    {
        // The bucket is kept as the instant at which it would be full again, less a second.
        var earliest = now - Duration.FromNanoseconds(NanosecondsPerSecond);
        var from = Instant.Max(_emptyAt, earliest);
        var after = from + Duration.FromNanoseconds(_cost);
        if (after > now)
            return false;
        _emptyAt = after;
        return true;
    }
}
