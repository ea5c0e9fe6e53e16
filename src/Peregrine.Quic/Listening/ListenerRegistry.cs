using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Peregrine.Quic;

/// <summary>
/// The listeners of the process, so that the meter can read what they turned away; what the disposed ones had stays counted.
/// </summary>
internal static class ListenerRegistry
{
    private static readonly ConcurrentDictionary<QuicListener, bool> Listeners = new();
    private static readonly Lock Gate = new();
    private static QuicListenerStatistics _past;

    public static void Add(QuicListener listener) => Listeners.TryAdd(listener, true);

    public static void Remove(QuicListener listener)
    {
        lock (Gate)
        {
            if (Listeners.TryRemove(listener, out _))
                _past = _past.Plus(listener.GetStatistics());
        }
    }

    public static IEnumerable<Measurement<long>> Rejections()
    {
        QuicListenerStatistics sum;
        lock (Gate)
        {
            sum = _past;
            foreach (var listener in Listeners.Keys)
                sum = sum.Plus(listener.GetStatistics());
        }

        return
        [
            Of(sum.HandshakesDropped, "half_open_limit"),
            Of(sum.QueueDropped, "queue_full"),
            Of(sum.ConnectionsRefused, "refused"),
            Of(sum.ConnectionsRefusedInSilence, "refused_in_silence"),
            Of(sum.ForgedDropped, "forged"),
            Of(sum.BacklogRefused, "backlog"),
        ];
    }

    private static Measurement<long> Of(long count, string reason) => new(count, new KeyValuePair<string, object?>("reason", reason));
}
