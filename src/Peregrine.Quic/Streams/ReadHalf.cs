using System.Buffers;
using System.Runtime.CompilerServices;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// The receiving half of a stream as the application reads it, by copying or through the pipe. One read at a time; a result of the pipe
/// counts as a read until it is advanced. It owns the task <see cref="Closed"/>. Its public methods take the connection's lock; the
/// <c>On…</c> ones are called under it.
/// </summary>
internal sealed class ReadHalf(QuicStream stream, ConnectionDriver driver, ReceiveStream core)
{
    private readonly WaitQueue _waiting = new(driver.Gate);
    private TaskCompletionSource? _closed;
    private bool _isReading;
    private bool _isFinished;
    private bool _isAborted;
    private bool _isConnectionLost;

    public Lock Gate => driver.Gate;

    /// <summary>The application knows how the half ended.</summary>
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

    /// <summary>Bytes that arrived without a gap, and that were read. Under the lock.</summary>
    public (long Received, long Read) Counts => ((long)core.BytesReceived, (long)core.BytesRead);

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        try
        {
            lock (Gate)
            {
                ThrowIfBusy();
                if (TryRead(buffer.Span, out var count))
                    return new ValueTask<int>(count);
                _isReading = true;
                return WaitAndReadAsync(buffer, _waiting.WaitAsync(cancellationToken), cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    /// <summary>Asks the peer to stop (RFC 9000 §3.5), unless everything was read or a reset came.</summary>
    public void Abort(ulong errorCode)
    {
        lock (Gate)
        {
            AbortCore(errorCode);
            if (!_isConnectionLost)
                driver.Flush();
        }
    }

    /// <summary>Asks the peer to stop, unless the end has arrived, whether it was read or not; false when it has.</summary>
    public bool TryStop(ulong errorCode)
    {
        lock (Gate)
        {
            if (IsOver || core.FinKnownAndAllReceived || core.ResetCode is not null)
                return false;
            AbortCore(errorCode);
            if (!_isConnectionLost)
                driver.Flush();
            return true;
        }
    }

    /// <summary>Under the lock, without sending.</summary>
    public void AbortCore(ulong errorCode)
    {
        if (IsOver)
            return;
        _isAborted = !core.IsFinished && core.ResetCode is null;
        core.Stop(errorCode);
        End();
    }

    public void OnReadable()
    {
        _waiting.Pulse();
        SettleClosed();
    }

    public void OnClosed() => OnReadable();

    public void OnConnectionClosed()
    {
        _isConnectionLost = true;
        OnReadable();
    }

    // What follows is for the pipe, under the lock.

    /// <summary>Begins a read that <see cref="EndPipeRead"/> ends.</summary>
    public void BeginPipeRead()
    {
        ThrowIfBusy();
        _isReading = true;
    }

    public void EndPipeRead() => _isReading = false;

    public ValueTask WaitAsync(CancellationToken cancellationToken) => _waiting.WaitAsync(cancellationToken);

    public void Pulse() => _waiting.Pulse();

    /// <summary>True when there is more than was examined, or nothing more to come.</summary>
    public bool TryPeek(long examined, out ReadOnlySequence<byte> buffer, out bool isCompleted)
    {
        buffer = default;
        isCompleted = _isFinished;
        if (_isFinished)
            return true;
        ThrowIfAborted();
        buffer = core.Peek();
        isCompleted = core.FinKnownAndAllReceived;
        if (isCompleted || buffer.Length > examined)
            return true;
        ThrowIfReset();
        ThrowIfConnectionLost();
        ThrowIfExhausted(examined);
        return false;
    }

    /// <summary>Ends the read, takes bytes of what <see cref="TryPeek"/> gave, and notes how many more were examined.</summary>
    public void Advance(long count, long examined)
    {
        _isReading = false;
        core.Advance(count, examined);
        NoteEnd();
        if (!_isConnectionLost)
            driver.FlushAfterRead();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReadAsync(Memory<byte> buffer, ValueTask wait, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await wait.ConfigureAwait(false);
                lock (Gate)
                {
                    if (TryRead(buffer.Span, out var count))
                        return count;
                    wait = _waiting.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            lock (Gate)
                _isReading = false;
        }
    }

    private bool TryRead(Span<byte> buffer, out int count)
    {
        count = 0;
        if (_isFinished)
            return true;
        ThrowIfAborted();
        if (buffer.IsEmpty)
        {
            if (IsAnythingThere())
                return true;
        }
        else
        {
            count = core.Read(buffer);
            if (count > 0)
            {
                NoteEnd();
                if (!_isConnectionLost)
                    driver.FlushAfterRead();
                return true;
            }
        }

        NoteEnd();
        if (_isFinished)
            return true;
        ThrowIfReset();
        ThrowIfConnectionLost();
        return false;
    }

    // A read of no bytes waits until there are some.
    private bool IsAnythingThere()
    {
        var isAnything = !core.Peek().IsEmpty;
        core.Advance(0);
        return isAnything;
    }

    private void NoteEnd()
    {
        if (_isFinished || !core.IsFinished)
            return;
        _isFinished = true;
        End();
    }

    private void End()
    {
        IsOver = true;
        _waiting.Pulse();
        SettleClosed();
        stream.OnHalfOver();
    }

    private void ThrowIfBusy()
    {
        stream.ThrowIfDisposed();
        if (_isReading)
        {
            throw new InvalidOperationException(
                "Another read is under way, or a result of Input was not advanced; a stream takes one read at a time.");
        }
    }

    private void ThrowIfAborted()
    {
        if (_isAborted)
            throw QuicExceptions.OperationAborted("Reading was aborted on this side.");
    }

    private void ThrowIfReset()
    {
        if (core.ResetCode is not { } code)
            return;
        if (!IsOver)
            End();
        throw QuicExceptions.StreamAborted(code);
    }

    // Better a failure that says what to do than a read that never ends.
    private void ThrowIfExhausted(long examined)
    {
        if (core.ExhaustedWindow is not { } size)
            return;
        throw new InvalidOperationException(
            $"The reader has looked at {examined} bytes and consumed none of them, and the peer may send no more: the window ends at {size} " +
            "bytes. Consume what is there piece by piece, or raise MaxStreamReceiveWindow and MaxConnectionReceiveWindow.");
    }

    private void ThrowIfConnectionLost()
    {
        if (_isConnectionLost)
            throw stream.Connection.Lifetime.CreateException();
    }

    private void SettleClosed()
    {
        if (_closed is null || _closed.Task.IsCompleted)
            return;
        if (_isFinished)
            _closed.TrySetResult();
        else if (_isAborted)
            Fault(QuicExceptions.OperationAborted("Reading was aborted on this side."));
        else if (core.ResetCode is { } code)
            Fault(QuicExceptions.StreamAborted(code));
        else if (_isConnectionLost)
            Fault(stream.Connection.Lifetime.CreateException());
    }

    private void Fault(Exception exception)
    {
        _closed!.TrySetException(exception);
        _ = _closed.Task.Exception; // observed: it is for whoever wants to know
    }
}
