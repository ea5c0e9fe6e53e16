namespace Peregrine.WebTransport;

/// <summary>
/// The receiving end of a session's datagrams: hands each one to a waiting receive, or queues it. Safe for concurrent use; continuations
/// run outside its lock. A cancelled receive loses nothing: either it got a datagram, or the datagram stays for the next one.
/// </summary>
internal sealed class DatagramReceiver(int maxCount, int maxBytes)
{
    private const int MaxIdleWaits = 4;

    private readonly Lock _gate = new();
    private readonly DatagramQueue _queue = new(maxCount, maxBytes);
    private readonly List<DatagramWait> _waiting = [];
    private readonly Stack<DatagramWait> _idle = new();
    private Func<Exception>? _ended;
    private long _received;

    public (long Received, long Dropped) Counters
    {
        get
        {
            lock (_gate)
                return (_received, _queue.Dropped);
        }
    }

    public void OnDatagram(ReadOnlySpan<byte> payload)
    {
        DatagramWait? served = null;
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _received++;
            while (served is null && _waiting.Count > 0)
            {
                var next = _waiting[0];
                _waiting.RemoveAt(0);
                if (payload.Length <= next.Buffer.Length)
                    served = next;
                else
                    next.SetException(BufferTooSmall(payload.Length));
            }

            if (served is null)
                _queue.Enqueue(payload);
            else
                payload.CopyTo(served.Buffer.Span);
        }

        served?.SetResult(payload.Length);
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);

        DatagramWait? wait;
        ValueTask<int> pending;
        lock (_gate)
        {
            if (_queue.Count > 0)
            {
                return _queue.NextLength > buffer.Length
                    ? ValueTask.FromException<int>(BufferTooSmall(_queue.NextLength))
                    : new ValueTask<int>(_queue.Dequeue(buffer.Span));
            }

            if (_ended is not null)
                return ValueTask.FromException<int>(_ended());
            if (!_idle.TryPop(out wait))
                wait = new DatagramWait(this);
            pending = wait.Begin(buffer);
            _waiting.Add(wait);
        }

        // Outside the lock: registering with a token that is cancelled by now calls back at once.
        wait.CancelWith(cancellationToken);
        return pending;
    }

    /// <summary>Ends every waiting and later receive; what is queued can still be received.</summary>
    public void End(Func<Exception> reason)
    {
        DatagramWait[] waiting;
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _ended = reason;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var wait in waiting)
            wait.SetException(reason());
    }

    /// <summary>After <see cref="End"/>: drops what was not received.</summary>
    public void Discard()
    {
        lock (_gate)
            _queue.Clear();
    }

    /// <summary>Called back by a wait whose token was cancelled.</summary>
    public void Cancel(DatagramWait wait, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_waiting.Remove(wait))
                return;
        }

        wait.SetException(new OperationCanceledException(cancellationToken));
    }

    /// <summary>Called back by a wait whose result was taken, and which can serve again.</summary>
    public void Recycle(DatagramWait wait)
    {
        lock (_gate)
        {
            if (_idle.Count < MaxIdleWaits)
                _idle.Push(wait);
        }
    }

    private static ArgumentException BufferTooSmall(int length) =>
        new($"The next datagram has {length} bytes, more than the buffer; it stays queued. Receive with a buffer of at least that size.");
}
