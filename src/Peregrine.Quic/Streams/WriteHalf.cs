using System.Runtime.CompilerServices;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// The sending half of a stream as the application writes it, directly or through the pipe. One write at a time. It owns the task
/// <see cref="Closed"/>. Its public methods take the connection's lock; the <c>On…</c> ones are called under it.
/// </summary>
internal sealed class WriteHalf(QuicStream stream, ConnectionDriver driver, SendStream core)
{
    private readonly WaitQueue _waiting = new(driver.Gate);
    private TaskCompletionSource? _closed;
    private bool _isWriting;
    private bool _isCompleted;
    private bool _isAborted;
    private bool _isDelivered;
    private bool _isConnectionLost;

    public Lock Gate => driver.Gate;

    /// <summary>Nothing more will happen to the half: all acknowledged, reset, or stopped by the peer.</summary>
    public bool IsOver { get; private set; }

    public Task Closed
    {
        get
        {
            lock (Gate)
            {
                _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                SettleClosed();
                return _closed.Task;
            }
        }
    }

    public long ReliableSize
    {
        get
        {
            lock (Gate)
                return (long)core.ReliableSize;
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (Gate)
                core.ReliableSize = (ulong)value;
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, bool completeWrites, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        try
        {
            lock (Gate)
            {
                BeginWrite();
                var taken = WriteSome(buffer.Span);
                if (taken == buffer.Length)
                {
                    EndWrite(completeWrites);
                    driver.Flush();
                    return ValueTask.CompletedTask;
                }

                // The wait begins before sending, which may make the room that is waited for.
                var wait = _waiting.WaitAsync(cancellationToken);
                driver.Flush();
                return WaitAndWriteAsync(buffer[taken..], completeWrites, wait, cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    /// <summary>Takes what there is room for, now.</summary>
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        lock (Gate)
        {
            BeginWrite();
            var taken = WriteSome(bytes);
            EndWrite(completeWrites: false);
            driver.Flush();
            return taken;
        }
    }

    /// <summary>
    /// Waits until <see cref="TryWrite"/> would take something. Nothing is written, so nothing is lost when it is cancelled.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ValueTask wait;
            lock (Gate)
            {
                stream.ThrowIfDisposed();
                if (Failure() is { } failure)
                    throw failure;
                if (_isCompleted)
                    throw new InvalidOperationException("The writes are completed; nothing can follow.");
                if (core.HasRoom())
                    return;
                wait = _waiting.WaitAsync(cancellationToken);
                driver.Flush();
            }

            await wait.ConfigureAwait(false);
        }
    }

    public long Priority
    {
        get
        {
            lock (Gate)
                return core.Priority;
        }

        set
        {
            lock (Gate)
                core.Priority = value;
        }
    }

    /// <summary>Bytes that were taken, were sent at least once, and are acknowledged without a gap. Under the lock.</summary>
    public (long Written, long Sent, long Acknowledged) Counts => ((long)core.BytesWritten, (long)core.BytesSent, (long)core.BytesAcked);

    /// <summary>Under the lock: a write waits for room.</summary>
    public bool IsWriting => _isWriting;

    public void Complete()
    {
        lock (Gate)
        {
            if (_isCompleted || IsOver || _isConnectionLost)
                return;
            if (_isWriting)
            {
                throw new InvalidOperationException(
                    "A write is under way; await it before CompleteWrites, or pass completeWrites: true to it.");
            }

            CompleteCore();
            driver.Flush();
        }
    }

    /// <summary>Resets the half (RFC 9000 §3.1), unless it is over.</summary>
    public void Abort(ulong errorCode)
    {
        lock (Gate)
        {
            AbortCore(errorCode);
            if (!_isConnectionLost)
                driver.Flush();
        }
    }

    /// <summary>Under the lock, without sending.</summary>
    public void AbortCore(ulong errorCode)
    {
        if (IsOver || _isConnectionLost)
            return;
        core.Reset(errorCode);
        _isAborted = true;
        End();
    }

    /// <summary>Under the lock, without sending: ends the stream, or resets it when a write that waits would be cut in two.</summary>
    public void DisposeCore(ulong errorCode)
    {
        if (IsOver || _isCompleted || _isConnectionLost || IsCompletingLater)
            return;
        if (_isWriting)
            AbortCore(errorCode);
        else
            CompleteCore();
    }

    public void OnWritable()
    {
        if (core.StopCode is not null && !IsOver)
            End();
        else
            _waiting.Pulse();
    }

    public void OnClosed()
    {
        if (IsOver)
            return;
        _isDelivered = core.ResetCode is null;
        End();
    }

    public void OnConnectionClosed()
    {
        _isConnectionLost = true;
        _waiting.Pulse();
        SettleClosed();
    }

    // What follows is for the pipe, under the lock.

    /// <summary>The pipe was completed and its last bytes still wait for room; disposing the stream lets them go.</summary>
    public bool IsCompletingLater { get; set; }

    public void BeginWrite()
    {
        if (!IsCompletingLater)
            stream.ThrowIfDisposed();
        ThrowIfOver();
        if (_isWriting)
            throw new InvalidOperationException("Another write is under way; a stream takes one write at a time.");
        if (_isCompleted)
            throw new InvalidOperationException("The writes are completed; nothing can follow.");
        _isWriting = true;
    }

    /// <summary>Takes as many bytes as there is room for. Throws, and ends the write, when the half is over.</summary>
    public int WriteSome(ReadOnlySpan<byte> bytes)
    {
        ThrowIfOver();
        return core.Write(bytes);
    }

    public void EndWrite(bool completeWrites)
    {
        _isWriting = false;
        if (completeWrites)
            CompleteCore();
    }

    public void Flush()
    {
        if (!_isConnectionLost)
            driver.Flush();
    }

    public ValueTask WaitAsync(CancellationToken cancellationToken) => _waiting.WaitAsync(cancellationToken);

    public void Pulse() => _waiting.Pulse();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAndWriteAsync(
        ReadOnlyMemory<byte> rest, bool completeWrites, ValueTask wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await wait.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Nobody could say how much of the buffer was taken, so nothing may follow it.
                lock (Gate)
                    _isWriting = false;
                Abort(stream.Connection.DefaultStreamErrorCode);
                throw;
            }

            lock (Gate)
            {
                rest = rest[WriteSome(rest.Span)..];
                if (rest.IsEmpty)
                {
                    EndWrite(completeWrites);
                    driver.Flush();
                    return;
                }

                wait = _waiting.WaitAsync(cancellationToken);
                driver.Flush();
            }
        }
    }

    private void CompleteCore()
    {
        _isCompleted = true;
        core.Finish();
    }

    private void End()
    {
        IsOver = true;
        _waiting.Pulse();
        SettleClosed();
        stream.OnHalfOver();
    }

    private void ThrowIfOver()
    {
        if (Failure() is not { } failure)
            return;
        _isWriting = false;
        throw failure;
    }

    private QuicException? Failure()
    {
        if (_isDelivered)
            return null;
        if (_isAborted)
            return QuicExceptions.OperationAborted("Writing was aborted on this side.");
        if (core.StopCode is { } code)
            return QuicExceptions.StreamAborted(code);
        return _isConnectionLost ? stream.Connection.Lifetime.CreateException() : null;
    }

    private void SettleClosed()
    {
        if (_closed is null || _closed.Task.IsCompleted)
            return;
        if (_isDelivered)
        {
            _closed.TrySetResult();
        }
        else if (Failure() is { } failure)
        {
            _closed.TrySetException(failure);
            _ = _closed.Task.Exception; // observed: it is for whoever wants to know
        }
    }
}
