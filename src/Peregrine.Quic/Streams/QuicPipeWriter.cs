using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Peregrine.Quic;

/// <summary>
/// The sending half of a stream as a pipe. It owns one pooled buffer, which grows to what is written between two flushes. A cancelled flush
/// keeps what was not taken for the next one.
/// </summary>
internal sealed class QuicPipeWriter(QuicStream stream, WriteHalf half) : PipeWriter
{
    private const int FirstSize = 4096;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private bool _isCancelRequested;
    private bool _isCompleted;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _end - _start;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_end);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_end);
    }

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _end);
        _end += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        try
        {
            lock (half.Gate)
            {
                if (TakeCancelRequest())
                    return new ValueTask<FlushResult>(new FlushResult(isCanceled: true, isCompleted: false));
                half.BeginWrite();
                return TryWriteAll()
                    ? new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: false))
                    : WaitAndFlushAsync(WaitForRoom(cancellationToken), cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<FlushResult>(e);
        }
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        this.Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        lock (half.Gate)
        {
            _isCancelRequested = true;
            half.Pulse();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted)
            return;
        _isCompleted = true;
        if (exception is not null)
        {
            half.Abort(stream.Connection.DefaultStreamErrorCode);
            ReturnBuffer();
            return;
        }

        if (UnflushedBytes == 0)
        {
            half.Complete();
            ReturnBuffer();
            return;
        }

        // Complete cannot wait for room, so the rest follows when there is some.
        half.IsCompletingLater = true;
        _ = FlushAndCompleteAsync();
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (_isCompleted)
            return;
        if (exception is null && UnflushedBytes > 0)
        {
            try
            {
                await FlushAsync().ConfigureAwait(false);
            }
            catch (QuicException failure)
            {
                Complete(failure); // the half is over, and the buffer goes back
                throw;
            }
        }

        Complete(exception);
    }

    private async Task FlushAndCompleteAsync()
    {
        try
        {
            // Whoever cancels a flush now cancels nothing: the bytes belong in front of the end.
            while ((await FlushAsync().ConfigureAwait(false)).IsCanceled)
            {
            }

            half.Complete();
        }
        catch (QuicException)
        {
            // WritesClosed says how the half ended.
        }
        catch (InvalidOperationException)
        {
            // Another write is under way: a clean end must not follow missing bytes.
            half.Abort(stream.Connection.DefaultStreamErrorCode);
        }
        finally
        {
            ReturnBuffer();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> WaitAndFlushAsync(ValueTask wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await wait.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                lock (half.Gate)
                    half.EndWrite(completeWrites: false);
                throw;
            }

            lock (half.Gate)
            {
                if (TakeCancelRequest())
                {
                    half.EndWrite(completeWrites: false);
                    return new FlushResult(isCanceled: true, isCompleted: false);
                }

                if (TryWriteAll())
                    return new FlushResult(isCanceled: false, isCompleted: false);
                wait = WaitForRoom(cancellationToken);
            }
        }
    }

    private bool TryWriteAll()
    {
        _start += half.WriteSome(_buffer.AsSpan(_start, _end - _start));
        if (_start < _end)
            return false;
        _start = _end = 0;
        half.EndWrite(completeWrites: false);
        half.Flush();
        return true;
    }

    // The wait begins before sending, which may make the room that is waited for.
    private ValueTask WaitForRoom(CancellationToken cancellationToken)
    {
        var wait = half.WaitAsync(cancellationToken);
        half.Flush();
        return wait;
    }

    private bool TakeCancelRequest()
    {
        var isRequested = _isCancelRequested;
        _isCancelRequested = false;
        return isRequested;
    }

    private void Reserve(int sizeHint)
    {
        if (_isCompleted)
            throw new InvalidOperationException("The writer is completed.");
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var needed = Math.Max(sizeHint, 1);
        if (_buffer.Length - _end >= needed)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(_end - _start + needed, (_end - _start) * 2)));
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        (_end, _start) = (_end - _start, 0);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void ReturnBuffer()
    {
        var buffer = _buffer;
        _buffer = [];
        _start = _end = 0;
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
