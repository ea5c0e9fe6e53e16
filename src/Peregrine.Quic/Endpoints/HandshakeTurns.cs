using System.Collections.Concurrent;

namespace Peregrine.Quic;

/// <summary>
/// The costly steps of servers' handshakes (the options callback, key exchange, signature) take turns on the thread pool: at most half of
/// the
/// processors work on them, and after each step the pool's other work comes first, so that a flood of strangers leaves the rest of the
/// application its threads. Steps of connections that are let in all get their turn; <see cref="HasRoom"/> keeps further ones out.
/// </summary>
internal sealed class HandshakeTurns(int maxAtOnce, int maxWaiting) : IThreadPoolWorkItem
{
    /// <summary>What waits is about a quarter of a second's work: a client that waits longer has sent its Initial again.</summary>
    public const int DefaultMaxWaiting = 128;

    private readonly ConcurrentQueue<IThreadPoolWorkItem> _steps = new();
    private int _running;

    public static int DefaultMaxAtOnce => Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Steps that wait for their turn.</summary>
    public int Waiting => _steps.Count;

    /// <summary>How many may run at once.</summary>
    public int MaxAtOnce => maxAtOnce;

    /// <summary>Whether one more connection may be begun.</summary>
    public bool HasRoom => _steps.Count < maxWaiting;

    public void Add(IThreadPoolWorkItem step)
    {
        _steps.Enqueue(step);
        StartOne();
    }

    void IThreadPoolWorkItem.Execute()
    {
        // A step handles what goes wrong in it by itself.
        if (_steps.TryDequeue(out var step))
            step.Execute();
        if (!_steps.IsEmpty)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }

        Interlocked.Decrement(ref _running);

        // One may have come between the look and the count.
        if (!_steps.IsEmpty)
            StartOne();
    }

    private void StartOne()
    {
        if (Interlocked.Increment(ref _running) <= maxAtOnce)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else
            Interlocked.Decrement(ref _running);
    }
}
