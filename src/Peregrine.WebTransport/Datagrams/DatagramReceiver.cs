using System.Runtime.CompilerServices;

namespace Peregrine.WebTransport;

/// <summary>
/// The receiving end of a session's datagrams: queues each one, and wakes who waits for one. Safe for concurrent use; continuations run
/// outside its lock. Receives that wait are served in the order in which they came. A cancelled one loses nothing, since a datagram leaves
/// the
/// queue only for a receive that returns it.
/// </summary>
internal sealed class DatagramReceiver
{
    private readonly Lock _gate = new();
    private readonly DatagramQueue _queue;
    private readonly WaitQueue _receiving;
    private readonly List<long> _turns = [];
    private Func<Exception>? _ended;
    private long _lastTurn;
    private long _received;

    public DatagramReceiver(int maxCount, int maxBytes)
    {
        _queue = new DatagramQueue(maxCount, maxBytes);
        _receiving = new WaitQueue(_gate);
    }

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
        long dropped;
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _received++;
            dropped = -_queue.Dropped;
            _queue.Enqueue(payload);
            dropped += _queue.Dropped;
            _receiving.Pulse();
        }

        WebTransportMetrics.OnDatagramReceived();
        if (dropped != 0)
            WebTransportMetrics.OnDatagramsDropped(dropped);
    }

    /// <summary>A datagram that is there already; false when none is, even when none can come any more.</summary>
    public bool TryReceive(Span<byte> buffer, out int length)
    {
        lock (_gate)
        {
            length = 0;
            return _queue.Count > 0 && TryTake(buffer, out length);
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        try
        {
            lock (_gate)
            {
                if (_turns.Count == 0 && TryTake(buffer.Span, out var length))
                    return new ValueTask<int>(length);
                var turn = ++_lastTurn;
                _turns.Add(turn);
                return WaitAndReceiveAsync(buffer, turn, _receiving.WaitAsync(cancellationToken), cancellationToken);
            }
        }
        catch (Exception error)
        {
            return ValueTask.FromException<int>(error);
        }
    }

    /// <summary>Ends every waiting and later receive; what is queued can still be received.</summary>
    public void End(Func<Exception> reason)
    {
        lock (_gate)
        {
            _ended ??= reason;
            _receiving.Pulse();
        }
    }

    /// <summary>After <see cref="End"/>: drops what was not received.</summary>
    public void Discard()
    {
        lock (_gate)
            _queue.Clear();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReceiveAsync(
        Memory<byte> buffer, long turn, ValueTask wait, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await wait.ConfigureAwait(false);
                lock (_gate)
                {
                    if (_turns[0] == turn && TryTake(buffer.Span, out var length))
                        return length;
                    wait = _receiving.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _turns.Remove(turn);
                if (_turns.Count > 0)
                    _receiving.Pulse(); // whose turn it is now may be waiting for nothing else
            }
        }
    }

    private bool TryTake(Span<byte> buffer, out int length)
    {
        length = 0;
        if (_queue.Count == 0)
            return _ended is null ? false : throw _ended();
        if (_queue.NextLength > buffer.Length)
        {
            throw new ArgumentException(
                $"The next datagram has {_queue.NextLength} bytes, more than the buffer; it stays queued. "
                + "Receive with a buffer of at least that size.");
        }

        length = _queue.Dequeue(buffer);
        return true;
    }
}
