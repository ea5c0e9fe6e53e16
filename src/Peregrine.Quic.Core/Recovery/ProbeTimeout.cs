using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The backoff of the probe timeout and the probes it grants (RFC 9002 §6.2).</summary>
internal sealed class ProbeTimeout
{
    /// <summary>Backoff does not take a period beyond this (robustness V3).</summary>
    public static readonly Duration MaxPeriod = Duration.FromSeconds(60);

    /// <summary>RFC 9002 §6.2.4: one or two datagrams for each timeout.</summary>
    public const int ProbesPerTimeout = 2;

    private const int MaxExponent = 20;
    private readonly int[] _pending = new int[3];

    /// <summary>Timeouts in a row without progress.</summary>
    public int Count { get; private set; }

    /// <summary>Timeouts so far.</summary>
    public ulong Total { get; private set; }

    public int Pending(PacketNumberSpace space) => _pending[(int)space];

    /// <summary>The period with backoff: doubled for each timeout in a row, up to the larger of a minute and the period itself.</summary>
    public Duration BackOff(Duration period) =>
        Duration.Min(period * (1L << Math.Min(Count, MaxExponent)), Duration.Max(period, MaxPeriod));

    public void OnTimeout()
    {
        Total++;
        if (Count < MaxExponent)
            Count++;
    }

    public void Grant(PacketNumberSpace space, int probes) => _pending[(int)space] = probes;

    public void Take(PacketNumberSpace space) => _pending[(int)space] = Math.Max(0, _pending[(int)space] - 1);

    public bool TryTake(out PacketNumberSpace space)
    {
        for (space = PacketNumberSpace.Initial; space <= PacketNumberSpace.Application; space++)
        {
            if (_pending[(int)space] == 0)
                continue;
            _pending[(int)space]--;
            return true;
        }

        space = default;
        return false;
    }

    /// <summary>Progress was made: the backoff ends.</summary>
    public void ResetBackOff() => Count = 0;

    public void Cancel(PacketNumberSpace space) => _pending[(int)space] = 0;
}
