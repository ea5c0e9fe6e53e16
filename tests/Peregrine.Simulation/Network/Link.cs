using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>One direction of a path. <see cref="Conditions"/> may be changed while it runs.</summary>
internal sealed class Link(VirtualClock clock, SeededRandom random, LinkConditions conditions, Action<byte[], NetworkPath> deliver)
{
    private Instant _freeAt;
    private Instant _lastArrival;
    private int _queued;
    private int _burstLeft;

    public LinkConditions Conditions { get; set; } = conditions;

    /// <summary>Drops what the test says, before any chance.</summary>
    public Func<byte[], bool>? DropIf { get; set; }

    public int SentCount { get; private set; }

    public int DroppedCount { get; private set; }

    public void Send(ReadOnlySpan<byte> datagram, NetworkPath arrivesBy)
    {
        SentCount++;
        var bytes = datagram.ToArray();
        if (DropIf?.Invoke(bytes) == true || IsLost(bytes))
        {
            DroppedCount++;
            return;
        }

        if (random.Chance(Conditions.Corrupt))
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        Schedule(bytes, arrivesBy);
        if (random.Chance(Conditions.Duplicate))
            Schedule([.. bytes], arrivesBy);
    }

    private bool IsLost(byte[] bytes)
    {
        if (_burstLeft > 0)
        {
            _burstLeft--;
            return true;
        }

        if (random.Chance(Conditions.BurstDrop))
        {
            _burstLeft = Conditions.BurstLength - 1;
            return true;
        }

        return bytes.Length > Conditions.Mtu || random.Chance(Conditions.Drop);
    }

    private void Schedule(byte[] bytes, NetworkPath arrivesBy)
    {
        var departure = clock.Now;
        if (Conditions.BitsPerSecond > 0)
        {
            if (_queued >= Conditions.QueueLength)
            {
                DroppedCount++;
                return;
            }

            _freeAt = Instant.Max(_freeAt, clock.Now) + Duration.FromNanoseconds(bytes.Length * 8L * 1_000_000_000 / Conditions.BitsPerSecond);
            departure = _freeAt;
            _queued++;
            clock.At(departure, () => _queued--);
        }

        var arrival = departure + Conditions.Delay;
        if (Conditions.Jitter > Duration.Zero)
            arrival += Duration.FromNanoseconds((long)(random.NextDouble() * Conditions.Jitter.Nanoseconds));
        if (random.Chance(Conditions.Reorder))
            arrival += Duration.FromNanoseconds((long)(random.NextDouble() * 2 * Conditions.Delay.Nanoseconds));
        else
            arrival = _lastArrival = Instant.Max(arrival, _lastArrival);
        clock.At(arrival, () => deliver(bytes, arrivesBy));
    }
}
