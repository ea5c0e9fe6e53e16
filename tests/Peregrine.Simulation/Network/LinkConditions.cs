using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>What one direction of a link does to datagrams.</summary>
internal sealed record LinkConditions
{
    public Duration Delay { get; init; } = Duration.FromMilliseconds(10);

    /// <summary>Up to so much is added to each datagram's delay, in order unless <see cref="Reorder"/> strikes.</summary>
    public Duration Jitter { get; init; }

    public double Drop { get; init; }

    /// <summary>The chance that a burst of losses starts at a datagram; it lasts <see cref="BurstLength"/> datagrams.</summary>
    public double BurstDrop { get; init; }

    public int BurstLength { get; init; } = 3;

    /// <summary>The chance that a datagram is held back by up to twice the delay, so that later ones pass it.</summary>
    public double Reorder { get; init; }

    public double Duplicate { get; init; }

    /// <summary>The chance that one byte is changed.</summary>
    public double Corrupt { get; init; }

    /// <summary>0 for no limit.</summary>
    public long BitsPerSecond { get; init; }

    /// <summary>Datagrams that may wait for a link with a rate; more are dropped at the tail.</summary>
    public int QueueLength { get; init; } = 25;

    /// <summary>Larger datagrams vanish.</summary>
    public int Mtu { get; init; } = 1500;

    public static LinkConditions Perfect { get; } = new();

    /// <summary>The mixed scenario: 5 % loss, 10 % reorder, 3 % duplicates, 1 % corruption.</summary>
    public static LinkConditions Rough { get; } = new()
    {
        Jitter = Duration.FromMilliseconds(2),
        Drop = 0.05,
        Reorder = 0.10,
        Duplicate = 0.03,
        Corrupt = 0.01,
    };
}
