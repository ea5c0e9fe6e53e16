using System.Buffers;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
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
    private byte[]? _unsent;
    private Transmission _unsentTransmission;

    /// <param name="engine">The connection's state machine.</param>
    /// <param name="endpoint">Where it lives; the caller hands a reference over.</param>
    /// <param name="release">Gives that reference back, once the connection is drained.</param>
    /// <param name="connection">Hears the events.</param>
    /// <param name="logger">The connection's.</param>
    public ConnectionDriver(
        ConnectionEngine engine, Endpoint endpoint, Action<Endpoint> release, QuicConnection connection, ILogger logger)
    {
        Engine = engine;
        Endpoint = endpoint;
        _release = release;
        _connection = connection;
        Logger = logger;
    }

    public Lock Gate { get; } = new();

    public ConnectionEngine Engine { get; }

    public Endpoint Endpoint { get; }

    /// <summary>The connection's own. Not to be called under the lock; see <see cref="OffLock"/>.</summary>
    public ILogger Logger { get; }

    /// <summary>A server's connection whose handshake is not complete: it comes after the others. Asked without the lock.</summary>
    public bool IsNewcomer => Engine.IsServer && !Engine.IsHandshakeComplete;

    /// <summary>True once the engine failed: it is not called any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>True once the connection has ended, or is ending.</summary>
    public bool IsClosed => IsBroken || Engine.IsClosed;

    // The loop's notes about this connection.
    public DeadlineHeap? Heap { get; set; }

    public bool IsBusy { get; set; }

    public int PostponedDatagrams { get; set; }

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
        OffLock.Run(static failed => failed.Logger.ConnectionFailed(failed.Exception), (Logger, Exception: exception));
        var fault = QuicFault.Internal("The connection failed on this side.");
        Attempt(() => Engine.Close(fault, Endpoint.Clock.Now));
        Attempt(() => Transmit(Endpoint.Clock.Now));
        Attempt(() => Engine.Drain(fault));
        IsBroken = true;
        _connection.OnClosed(fault, exception);
        Release();
    }

    /// <summary>
    /// The network says that datagrams do not reach the peer. That ends an attempt to connect, of which nothing was heard yet. A
    /// connection it
    /// does not: such news is easily forged, and routes come back.
    /// </summary>
    public void OnUnreachable(SocketError error, in NetworkAddress remote)
    {
        if (IsClosed || Engine.IsServer || Engine.IsHandshakeComplete || Engine.Path.Remote != remote
            || Engine.Statistics.PacketsReceived > 0)
        {
            return;
        }

        _connection.Lifetime.Explain(new SocketException((int)error));
        Engine.Drain(QuicFault.NoViablePath(""));
    }

    // What is broken may break again.
    private void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            OffLock.Run(static failed => failed.Logger.ConnectionFailed(failed.Exception), (Logger, Exception: e));
        }
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
            if (Endpoint.EndsEarly && Engine.IsClosed && !Engine.IsDrained && _unsent is null)
                Engine.Drain(Engine.Fault!);
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
        if (!SendUnsent())
            return false;
        var buffer = _sendBuffer ??= GC.AllocateUninitializedArray<byte>(MaxTransmission, pinned: true);
        for (var i = 0; i < MaxTransmissionsPerTurn; i++)
        {
            if (!Engine.TryTransmit(buffer, Math.Max(Endpoint.Socket.MaxSegments, 16), now, out var transmission))
                return false;
            _hasSent = true;
            if (!Send(buffer.AsSpan(0, transmission.Length), transmission))
                return false;
        }

        return true;
    }

    /// <summary>False when the socket has no room: what it did not take is kept, and the loop comes back when it has.</summary>
    private bool Send(ReadOnlySpan<byte> datagrams, in Transmission transmission)
    {
        var outcome = Give(datagrams, transmission);
        if (outcome.Error != SocketError.Success)
            OnUnreachable(outcome.Error, transmission.Path.Remote);
        if (outcome.Taken >= datagrams.Length)
            return true;

        var rest = datagrams[outcome.Taken..];
        var kept = ArrayPool<byte>.Shared.Rent(rest.Length);
        rest.CopyTo(kept);
        _unsent = kept;
        _unsentTransmission = transmission with { Length = rest.Length };
        Endpoint.AwaitRoom(this);
        return false;
    }

    private bool SendUnsent()
    {
        if (_unsent is not { } unsent)
            return true;
        _unsent = null;
        var isSent = Send(unsent.AsSpan(0, _unsentTransmission.Length), _unsentTransmission);
        ArrayPool<byte>.Shared.Return(unsent);
        return isSent;
    }

    private SendOutcome Give(ReadOnlySpan<byte> datagrams, in Transmission transmission)
    {
        try
        {
            return Endpoint.Socket.Send(datagrams, transmission);
        }
        catch (SocketException)
        {
            // A lost packet, whatever it was (robustness X3).
            return SendOutcome.All(datagrams.Length);
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
        if (_unsent is not null)
            ArrayPool<byte>.Shared.Return(_unsent);
        _unsent = null;
        _release(Endpoint);
    }
}
