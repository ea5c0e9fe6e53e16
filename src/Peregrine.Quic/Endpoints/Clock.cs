using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>A <see cref="TimeProvider"/> as the core's instants: nanoseconds since this clock was made.</summary>
internal sealed class Clock(TimeProvider timeProvider)
{
    private readonly long _origin = timeProvider.GetTimestamp();
    private readonly long _frequency = timeProvider.TimestampFrequency;

    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>True when waiting in the kernel is waiting by this clock.</summary>
    public bool IsSystem => TimeProvider == TimeProvider.System;

    public Instant Now
    {
        get
        {
            var ticks = TimeProvider.GetTimestamp() - _origin;
            return new Instant(_frequency == 1_000_000_000 ? ticks : (long)((Int128)ticks * 1_000_000_000 / _frequency));
        }
    }
}
