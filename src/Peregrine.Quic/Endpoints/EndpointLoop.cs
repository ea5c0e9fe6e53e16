using System.Collections.Concurrent;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// The thread of one endpoint. Each turn it waits for datagrams, a wake-up or the next deadline; takes a bounded number of datagrams and
/// gives them to their connections, each under its lock; then serves the connections that were touched, that asked, or that are due. It
/// owns the receive buffer and the deadlines. Nothing that goes wrong in one connection ends it (robustness W10).
/// </summary>
internal sealed class EndpointLoop(Endpoint endpoint)
{
    /// <summary>How much is received before acknowledgements leave: up to 64 KiB each where the kernel coalesces.</summary>
    private const int MaxReceptionsPerTurn = 4;

    private const int MaxDuePerTurn = 256;

    /// <summary>What fails at every turn must not take the whole processor.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(1);

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ushort.MaxValue + 1, pinned: true);
    private readonly byte[] _response = new byte[1500];
    private readonly List<ConnectionDriver> _touched = [];
    private readonly DeadlineHeap _deadlines = new();
    private readonly ConcurrentQueue<ConnectionDriver> _inbox = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _timer;
    private long _sleepsUntil = long.MinValue;
    private bool _hasMore;
    private volatile bool _isStopping;

    public Task Stopped => _stopped.Task;

    public void Start()
    {
        if (!endpoint.Clock.IsSystem)
            _timer = endpoint.Clock.TimeProvider.CreateTimer(
                static state => ((EndpointLoop)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = "Peregrine QUIC" }.UnsafeStart();
    }

    public void Stop()
    {
        _isStopping = true;
        Wake();
    }

    public void Post(ConnectionDriver connection, Instant due, bool isQueued)
    {
        if (!isQueued)
            _inbox.Enqueue(connection);

        // Pairs with the barrier in Sleep: either we see that it sleeps, or it sees what we enqueued.
        Interlocked.MemoryBarrier();
        if (due.Nanoseconds < Volatile.Read(ref _sleepsUntil))
            Wake();
    }

    private void Wake() => endpoint.Socket.Wake();

    private void Run()
    {
        if (OperatingSystem.IsLinux())
            LinuxCalls.MakeTimersPrecise();
        while (!_isStopping)
        {
            try
            {
                Sleep();
                Receive();
                ServeTouched();
                ServeInbox();
                ServeDeadlines();
            }
            catch (Exception e)
            {
                endpoint.Logger.LoopFailed(e);
                _hasMore = false;
                Thread.Sleep(PauseAfterFailure);
            }
        }

        _timer?.Dispose();
        endpoint.Socket.Dispose();
        _stopped.SetResult();
    }

    private void Sleep()
    {
        if (_hasMore)
            return;

        var until = _deadlines.Earliest;
        Volatile.Write(ref _sleepsUntil, until.Nanoseconds);
        Interlocked.MemoryBarrier();
        if (_inbox.IsEmpty && !_isStopping)
            WaitUntil(until);
        Volatile.Write(ref _sleepsUntil, long.MinValue);
    }

    private void WaitUntil(Instant until)
    {
        var timeout = until.IsNever ? Duration.Infinite : until - endpoint.Clock.Now;
        if (timeout <= Duration.Zero)
            return;
        if (_timer is null)
        {
            endpoint.Socket.Wait(timeout);
            return;
        }

        _timer.Change(timeout.IsInfinite ? Timeout.InfiniteTimeSpan : RoundUp(timeout), Timeout.InfiniteTimeSpan);
        endpoint.Socket.Wait(Duration.Infinite);
    }

    private static TimeSpan RoundUp(Duration timeout)
    {
        var most = TimeSpan.FromDays(1);
        var span = TimeSpan.FromTicks((timeout.Nanoseconds / 100) + 1);
        return span < most ? span : most;
    }

    private void Receive()
    {
        var now = endpoint.Clock.Now;
        _hasMore = true;
        for (var i = 0; i < MaxReceptionsPerTurn; i++)
        {
            // Whatever was received counts, empty datagrams too (robustness V6).
            if (!endpoint.Socket.TryReceive(_buffer, out var reception))
            {
                _hasMore = false;
                return;
            }

            Route(reception, now);
        }
    }

    // A run of datagrams for one connection is given to it under one taking of its lock.
    private void Route(in Reception reception, Instant now)
    {
        ConnectionDriver? held = null;
        try
        {
            var segmentSize = reception.SegmentSize > 0 ? reception.SegmentSize : reception.Length; // robustness V5
            for (var offset = 0; offset < reception.Length; offset += segmentSize)
            {
                var datagram = _buffer.AsSpan(offset, Math.Min(segmentSize, reception.Length - offset));
                var result = endpoint.Engine.Receive(datagram, reception.Path, now, _response);
                switch (result.Action)
                {
                    case EndpointAction.Respond:
                        Respond(result.ResponseLength, reception.Path);
                        break;
                    case EndpointAction.Accept:
                        result.Connection!.Owner = endpoint.Accept!(result.Connection);
                        Deliver(result.Connection, datagram, reception, now, ref held);
                        break;
                    case EndpointAction.Deliver:
                        Deliver(result.Connection!, datagram, reception, now, ref held);
                        break;
                }
            }
        }
        finally
        {
            held?.OnReceived();
            held?.Gate.Exit();
        }
    }

    private void Deliver(ConnectionEngine engine, Span<byte> datagram, in Reception reception, Instant now, ref ConnectionDriver? held)
    {
        // A connection of this side that another thread is about to give an owner: its datagram is lost, and will come again.
        if (engine.Owner is not ConnectionDriver connection)
            return;
        if (connection != held)
        {
            held?.Gate.Exit();
            held = null;
            connection.Gate.Enter();
            held = connection;
        }

        if (!connection.IsTouched)
        {
            connection.IsTouched = true;
            _touched.Add(connection);
        }

        connection.Receive(datagram, reception.Path, reception.Ecn, now);
    }

    private void Respond(int length, in NetworkPath path)
    {
        var transmission = new Transmission(length, length, path, EcnCodepoint.NotEct);
        endpoint.Socket.Send(_response.AsSpan(0, length), transmission);
    }

    private void ServeTouched()
    {
        if (_touched.Count == 0)
            return;
        var now = endpoint.Clock.Now;
        foreach (var connection in _touched)
        {
            connection.IsTouched = false;
            Serve(connection, now);
        }

        _touched.Clear();
    }

    private void ServeInbox()
    {
        var now = endpoint.Clock.Now;
        for (var i = _inbox.Count; i > 0 && _inbox.TryDequeue(out var connection); i--)
            Serve(connection, now);
    }

    private void ServeDeadlines()
    {
        var now = endpoint.Clock.Now;
        for (var i = 0; i < MaxDuePerTurn && _deadlines.Earliest <= now; i++)
            Serve(_deadlines.First, now);
    }

    private void Serve(ConnectionDriver connection, Instant now)
    {
        lock (connection.Gate)
            _deadlines.Set(connection, connection.Serve(now));
    }
}
