using System.Collections.Concurrent;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// The thread of one endpoint. Each turn it waits for datagrams, a wake-up or the next deadline; takes a bounded number of datagrams and
/// gives them to their connections, each under its lock; serves the connections that were touched, that asked, or that are due; and last,
/// with
/// what its share leaves, those whose handshake is not complete and strangers (<see cref="Newcomers"/>). A connection whose lock is taken
/// is put
/// off, not waited for. It owns the receive buffer and the deadlines. Nothing that goes wrong in one connection ends it (robustness W10).
/// </summary>
internal sealed class EndpointLoop
{
    /// <summary>How much of connections is received before acknowledgements leave: up to 64 KiB each where the kernel coalesces.</summary>
    private const int MaxReceptionsPerTurn = 4;

    /// <summary>How much is received in all: what belongs to no connection costs little, and what does may stand behind it.</summary>
    private const int MaxLooksPerTurn = 64;

    private const int MaxFailuresPerTurn = 16;

    private const int MaxDuePerTurn = 256;

    /// <summary>What fails at every turn must not take the whole processor.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(1);

    /// <summary>How soon to look again at what could not be served now.</summary>
    private static readonly Duration ShortPause = Duration.FromMicroseconds(200);

    private readonly Endpoint _endpoint;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ushort.MaxValue + 1, pinned: true);
    private readonly byte[] _response = new byte[1500];
    private readonly List<ConnectionDriver> _touched = [];
    private readonly DeadlineHeap _deadlines = new();
    private readonly BusyConnections _busy;
    private readonly Newcomers _newcomers;
    private readonly ConcurrentQueue<ConnectionDriver> _inbox = new();
    private readonly ConcurrentQueue<ConnectionDriver> _awaitingRoom = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _askedForAll = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _timer;
    private long _sleepsUntil = long.MinValue;
    private bool _hasMore;
    private volatile bool _isStopping;

    public EndpointLoop(Endpoint endpoint)
    {
        _endpoint = endpoint;
        _busy = new BusyConnections(Touch, ServeEntered, endpoint.Clock);
        _newcomers = new Newcomers(endpoint, Serve);
        Counters = new LoopCounters(_newcomers.Strangers, _newcomers.UnderWay, _busy.Postponed);
    }

    public Task Stopped => _stopped.Task;

    public LoopCounters Counters { get; }

    public void Start()
    {
        if (!_endpoint.Clock.IsSystem)
        {
            _timer = Detached.Make(() => _endpoint.Clock.TimeProvider.CreateTimer(
                static state => ((EndpointLoop)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        }

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

    public void AwaitRoom(ConnectionDriver connection)
    {
        _awaitingRoom.Enqueue(connection);
        Wake();
    }

    /// <summary>Serves every connection once.</summary>
    public Task ServeAllAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _askedForAll.Enqueue(done);
        Wake();
        return Task.WhenAny(done.Task, Stopped);
    }

    private void Wake() => _endpoint.Socket.Wake();

    private void Run()
    {
        if (OperatingSystem.IsLinux())
            LinuxCalls.MakeTimersPrecise();
        while (!_isStopping)
        {
            try
            {
                Sleep();
                Turn();
            }
            catch (Exception e)
            {
                Counters.OnFailure();
                OffLock.Run(static failed => failed.Logger.LoopFailed(failed.Exception), (_endpoint.Logger, Exception: e));
                _hasMore = false;
                Thread.Sleep(PauseAfterFailure);
            }
        }

        _timer?.Dispose();
        _endpoint.Socket.Dispose();
        _stopped.SetResult();
    }

    // Who is established comes first, whatever strangers bring.
    private void Turn()
    {
        Counters.OnTurn();
        Receive();
        HearFailures();
        _busy.DeliverPostponed();
        ServeTouched();
        ServeInbox();
        ServeThoseWithRoom();
        ServeDeadlines();
        _busy.ServeAgain();
        Counters.OnNewcomers(_newcomers.Serve(_hasMore, _response));
        ServeAll();
    }

    private void Sleep()
    {
        if (_hasMore || _newcomers.CanGoOn)
            return;

        var until = Instant.Min(_deadlines.Earliest, _newcomers.Earliest);
        if (_busy.IsAny || _newcomers.IsAny)
            until = Instant.Min(until, _endpoint.Clock.Now + ShortPause);
        Volatile.Write(ref _sleepsUntil, until.Nanoseconds);
        Interlocked.MemoryBarrier();
        if (_inbox.IsEmpty && !_isStopping)
            WaitUntil(until);
        Volatile.Write(ref _sleepsUntil, long.MinValue);
    }

    private void WaitUntil(Instant until)
    {
        var timeout = until.IsNever ? Duration.Infinite : until - _endpoint.Clock.Now;
        if (timeout <= Duration.Zero)
            return;
        var forRoom = !_awaitingRoom.IsEmpty;
        if (_timer is null)
        {
            _endpoint.Socket.Wait(timeout, forRoom);
            return;
        }

        // What is merely put off has nothing to do with the clock.
        if (_busy.IsAny || _newcomers.IsAny)
        {
            _endpoint.Socket.Wait(ShortPause, forRoom);
            return;
        }

        _timer.Change(timeout.IsInfinite ? Timeout.InfiniteTimeSpan : RoundUp(timeout), Timeout.InfiniteTimeSpan);
        _endpoint.Socket.Wait(Duration.Infinite, forRoom);
    }

    private static TimeSpan RoundUp(Duration timeout)
    {
        var most = TimeSpan.FromDays(1);
        var span = TimeSpan.FromTicks((timeout.Nanoseconds / 100) + 1);
        return span < most ? span : most;
    }

    private void Receive()
    {
        var now = _endpoint.Clock.Now;
        var forConnections = 0;
        _hasMore = true;

        // Whatever was received counts, empty datagrams too (robustness V6).
        for (var looks = 0; looks < MaxLooksPerTurn && forConnections < MaxReceptionsPerTurn; looks++)
        {
            if (!_endpoint.Socket.TryReceive(_buffer, out var reception))
            {
                _hasMore = false;
                return;
            }

            if (Route(reception, now))
                forConnections++;
        }
    }

    // A run of datagrams for one connection is given to it under one taking of its lock. True if any was for an established connection.
    private bool Route(in Reception reception, Instant now)
    {
        var isForConnection = false;
        ConnectionDriver? held = null;
        try
        {
            var segmentSize = reception.SegmentSize > 0 ? reception.SegmentSize : reception.Length; // robustness V5
            for (var offset = 0; offset < reception.Length; offset += segmentSize)
            {
                var datagram = _buffer.AsSpan(offset, Math.Min(segmentSize, reception.Length - offset));
                var result = _endpoint.Engine.Receive(datagram, reception.Path, now, _response);
                switch (result.Action)
                {
                    case EndpointAction.Respond:
                        Respond(result.ResponseLength, reception.Path);
                        break;
                    case EndpointAction.Newcomer when !reception.IsToGroup:
                        _newcomers.Strangers.TryAdd(null, datagram, reception.Path, reception.Ecn);
                        break;
                    case EndpointAction.Deliver:
                        isForConnection |= Deliver(result.Connection!, datagram, reception, now, ref held);
                        break;
                }
            }
        }
        finally
        {
            held?.OnReceived();
            held?.Gate.Exit();
        }

        return isForConnection;
    }

    private bool Deliver(ConnectionEngine engine, Span<byte> datagram, in Reception reception, Instant now, ref ConnectionDriver? held)
    {
        // A connection of this side that another thread is about to give an owner: its datagram is lost, and will come again.
        if (engine.Owner is not ConnectionDriver connection)
            return false;
        if (connection.IsNewcomer)
        {
            _newcomers.UnderWay.TryAdd(connection, datagram, reception.Path, reception.Ecn);
            return false;
        }

        if (connection != held)
        {
            held?.OnReceived();
            held?.Gate.Exit();
            held = null;
            if (!BusyConnections.TryEnter(connection))
            {
                _busy.Postpone(connection, datagram, reception.Path, reception.Ecn);
                return true;
            }

            held = connection;
        }

        Touch(connection);
        connection.Receive(datagram, reception.Path, reception.Ecn, now);
        return true;
    }

    private void Touch(ConnectionDriver connection)
    {
        if (connection.IsTouched)
            return;
        connection.IsTouched = true;
        _touched.Add(connection);
    }

    private void Respond(int length, in NetworkPath path)
    {
        var transmission = new Transmission(length, length, path, EcnCodepoint.NotEct);
        _endpoint.Socket.Send(_response.AsSpan(0, length), transmission);
    }

    // What ICMP quotes of a datagram of ours names the connection that sent it.
    private void HearFailures()
    {
        for (var i = 0; i < MaxFailuresPerTurn && _endpoint.Socket.TryReceiveFailure(_buffer, out var failed); i++)
        {
            if (_endpoint.Engine.TryFindSender(_buffer.AsSpan(0, failed.Length), out var engine) && engine.Owner is ConnectionDriver sender)
            {
                lock (sender.Gate)
                    sender.OnUnreachable(failed.Error, failed.Remote);
                Touch(sender);
            }
        }
    }

    private void ServeTouched()
    {
        if (_touched.Count == 0)
            return;
        var now = _endpoint.Clock.Now;
        foreach (var connection in _touched)
        {
            connection.IsTouched = false;
            Serve(connection, now);
        }

        _touched.Clear();
    }

    private void ServeInbox()
    {
        var now = _endpoint.Clock.Now;
        for (var i = _inbox.Count; i > 0 && _inbox.TryDequeue(out var connection); i--)
            Serve(connection, now);
    }

    private void ServeThoseWithRoom()
    {
        for (var i = _awaitingRoom.Count; i > 0 && _awaitingRoom.TryDequeue(out var connection); i--)
            Serve(connection, _endpoint.Clock.Now);
    }

    private void ServeDeadlines()
    {
        var now = _endpoint.Clock.Now;
        for (var i = 0; i < MaxDuePerTurn && _deadlines.Earliest <= now; i++)
            Serve(_deadlines.First, now);
    }

    private void ServeAll()
    {
        while (_askedForAll.TryDequeue(out var done))
        {
            foreach (var connection in (ConnectionDriver[])[.. _deadlines.All, .. _newcomers.Deadlines.All])
                Serve(connection, _endpoint.Clock.Now);
            done.SetResult();
        }
    }

    private void Serve(ConnectionDriver connection, Instant now)
    {
        if (!connection.Gate.TryEnter())
        {
            // Out of the heap meanwhile: it would be found due again and again.
            connection.Heap?.Set(connection, Instant.Never);
            _busy.Add(connection);
            return;
        }

        ServeEntered(connection, now);
    }

    // Leaves the lock that the caller has entered.
    private void ServeEntered(ConnectionDriver connection, Instant now)
    {
        try
        {
            var due = connection.Serve(now);
            var heap = connection.IsNewcomer ? _newcomers.Deadlines : _deadlines;
            if (connection.Heap != heap)
            {
                connection.Heap?.Set(connection, Instant.Never);
                connection.Heap = heap;
            }

            heap.Set(connection, due);
        }
        finally
        {
            connection.Gate.Exit();
        }
    }
}
