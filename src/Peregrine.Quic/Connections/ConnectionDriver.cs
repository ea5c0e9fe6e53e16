using System.Net.Sockets;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// Runs the engine of one connection: keeps its lock, gives it datagrams and time, sends what it has, and hands its events to the
/// <see cref="QuicConnection"/>. Both the endpoint's loop and the application's threads come here, always under <see cref="Gate"/>;
/// whoever gave the engine something to do sends it at once, which saves waking the loop. It owns the engine.
/// </summary>
internal sealed class ConnectionDriver
{
    /// <summary>
    /// Buffers of <see cref="MaxTransmission"/> bytes that one turn may send, so that one connection does not hold up the others.
    /// </summary>
    private const int MaxTransmissionsPerTurn = 4;

    /// <summary>What one segmented send may carry on every path: 65,535 less the largest headers (RFC 768).</summary>
    private const int MaxTransmission = 65_000;

    /// <summary>
    /// Who gives something to send again within this time of sending is in a burst: it is collected, so that one call of the kernel takes
    /// many packets, and sent by the next who comes later than that, or by the loop. Longer than a call takes, shorter than a round trip.
    /// </summary>
    private static readonly Duration BurstGap = Duration.FromMicroseconds(20);

    /// <summary>How often something may be given in a burst before it is sent all the same.</summary>
    private const int MaxCollected = 32;

    /// <summary>How soon to look again at an engine that says it is overdue and yet has nothing to do.</summary>
    private static readonly Duration OverduePause = Duration.FromMilliseconds(1);

    /// <summary>Due, but after every other connection that is.</summary>
    private static readonly Duration NextInTurn = Duration.FromNanoseconds(1);

    [ThreadStatic]
    private static byte[]? _sendBuffer;

    private readonly QuicConnection _connection;
    private readonly Action<Endpoint> _release;
    private Instant _armedAt = Instant.Never;
    private Instant _inBurstUntil;
    private int _collected;
    private bool _isPosted;
    private bool _hasSent;
    private bool _isReleased;

    /// <param name="engine">The connection's state machine.</param>
    /// <param name="endpoint">Where it lives; the caller hands a reference over.</param>
    /// <param name="release">Gives that reference back, once the connection is drained.</param>
    /// <param name="connection">Hears the events.</param>
    public ConnectionDriver(ConnectionEngine engine, Endpoint endpoint, Action<Endpoint> release, QuicConnection connection)
    {
        Engine = engine;
        Endpoint = endpoint;
        _release = release;
        _connection = connection;
    }

    public Lock Gate { get; } = new();

    public ConnectionEngine Engine { get; }

    public Endpoint Endpoint { get; }

    /// <summary>True once the engine failed: it is not called any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>True once the connection has ended, or is ending.</summary>
    public bool IsClosed => IsBroken || Engine.IsClosed;

    // The loop's notes about this connection.
    public int HeapIndex { get; set; } = -1;

    public Instant DueAt { get; set; } = Instant.Never;

    public bool IsTouched { get; set; }

    /// <summary>The loop has a datagram for the connection. <see cref="Serve"/> follows.</summary>
    public void Receive(Span<byte> datagram, in NetworkPath path, EcnCodepoint ecn, Instant now)
    {
        if (IsBroken)
            return;
        try
        {
            Engine.Receive(datagram, path, ecn, now);
        }
        catch (Exception e)
        {
            Break(e);
        }
    }

    /// <summary>The datagrams of one batch are all received: whoever waits for what they brought can run while the loop goes on.</summary>
    public void OnReceived()
    {
        if (IsBroken)
            return;
        try
        {
            TakeEvents();
        }
        catch (Exception e)
        {
            Break(e);
        }
    }

    /// <summary>The loop's turn: timers, sending, events. Returns when to come back.</summary>
    public Instant Serve(Instant now)
    {
        _isPosted = false;
        if (!IsBroken && Engine.NextTimeout <= now)
            RunTimers(now);
        var hasMore = Run(now);
        _armedAt = NextTurn(now, hasMore);
        return _armedAt;
    }

    /// <summary>
    /// The application's thread has given the engine something: sends it, and has the loop woken only if it would sleep too long.
    /// </summary>
    public void Flush()
    {
        var now = Endpoint.Clock.Now;
        if (now < _inBurstUntil && ++_collected < MaxCollected && !IsClosed)
        {
            Arm(_inBurstUntil);
            return;
        }

        EndBurst(now);
    }

    /// <summary>Sends what was collected, if anything was: a queue that is full of it has room again.</summary>
    public bool TryFlushCollected()
    {
        if (_collected == 0)
            return false;
        EndBurst(Endpoint.Clock.Now);
        return true;
    }

    /// <summary>What <see cref="Flush"/> does, if a read has made anything to do: credit to give, an event.</summary>
    public void FlushAfterRead()
    {
        if (!Engine.Streams.HasPending && !Engine.Events.IsEmpty)
            TakeEvents();
        if (Engine.Streams.HasPending)
            FlushNow(Endpoint.Clock.Now);
        else
            Arm(Engine.Streams.NextTimeout);
    }

    /// <summary>Ends the connection, if it has not ended, and tells the peer.</summary>
    public void Close(QuicFault fault)
    {
        if (IsBroken)
            return;
        try
        {
            Engine.Close(fault, Endpoint.Clock.Now);
        }
        catch (Exception e)
        {
            Break(e);
        }

        FlushNow(Endpoint.Clock.Now);
    }

    /// <summary>Our own failure: this connection ends, and nothing else does (robustness W10).</summary>
    public void Break(Exception exception)
    {
        if (IsBroken)
            return;
        Endpoint.Logger.ConnectionFailed(exception);
        var fault = QuicFault.Internal("The connection failed on this side.");
        try
        {
            Engine.Close(fault, Endpoint.Clock.Now);
            Transmit(Endpoint.Clock.Now);
            Engine.Drain(fault);
        }
        catch (Exception e)
        {
            Endpoint.Logger.ConnectionFailed(e);
        }

        IsBroken = true;
        _connection.OnClosed(fault, exception);
        Release();
    }

    private void EndBurst(Instant now)
    {
        _hasSent = false;
        _collected = 0;
        FlushNow(now);
        _inBurstUntil = _hasSent && Endpoint.Socket.MaxSegments > 1 ? now + BurstGap : default;
    }

    private void FlushNow(Instant now)
    {
        var hasMore = Run(now);
        Arm(hasMore ? now : IsBroken ? Instant.Never : Engine.NextTimeout);
    }

    private void Arm(Instant due)
    {
        if (due >= _armedAt)
            return;
        _armedAt = due;
        Endpoint.Post(this, due, isQueued: _isPosted);
        _isPosted = true;
    }

    private void RunTimers(Instant now)
    {
        try
        {
            Engine.OnTimeout(now);
        }
        catch (Exception e)
        {
            Break(e);
        }
    }

    // Events come before sending, since those who wait for them can then run meanwhile; and after it, since it may cause some.
    private bool Run(Instant now)
    {
        if (IsBroken)
            return false;
        try
        {
            TakeEvents();
            var hasMore = Transmit(now);
            TakeEvents();
            return hasMore;
        }
        catch (Exception e)
        {
            Break(e);
            return false;
        }
    }

    private bool Transmit(Instant now)
    {
        var buffer = _sendBuffer ??= GC.AllocateUninitializedArray<byte>(MaxTransmission, pinned: true);
        var socket = Endpoint.Socket;
        for (var i = 0; i < MaxTransmissionsPerTurn; i++)
        {
            if (!Engine.TryTransmit(buffer, Math.Max(socket.MaxSegments, 16), now, out var transmission))
                return false;
            Send(socket, buffer, transmission);
            _hasSent = true;
        }

        return true;
    }

    private static void Send(IDatagramSocket socket, byte[] buffer, in Transmission transmission)
    {
        try
        {
            socket.Send(buffer.AsSpan(0, transmission.Length), transmission);
        }
        catch (SocketException)
        {
            // A lost packet, whatever it was (robustness X3).
        }
    }

    private void TakeEvents()
    {
        while (Engine.Events.TryTake(out var taken))
        {
            if (taken.Kind == ConnectionEventKind.Drained)
                Release();
            else
                _connection.OnEvent(taken);
        }
    }

    // A deadline that moved later is not moved in the heap: the loop then wakes once for nothing in a while, but the application's next
    // send need not wake it.
    private Instant NextTurn(Instant now, bool hasMore)
    {
        if (IsBroken || _isReleased)
            return Instant.Never;
        if (hasMore)
            return now + NextInTurn;
        var next = Engine.NextTimeout;
        if (next <= now)
            next = now + OverduePause;
        return DueAt > now && DueAt < next ? DueAt : next;
    }

    private void Release()
    {
        if (_isReleased)
            return;
        _isReleased = true;
        _release(Endpoint);
    }
}
