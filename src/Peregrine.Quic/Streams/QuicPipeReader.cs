using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Peregrine.Quic;

/// <summary>
/// The receiving half of a stream as a pipe over the core's own blocks, without a copy. What a read returned stays valid until
/// <see cref="AdvanceTo(SequencePosition, SequencePosition)"/>, even if the connection ends meanwhile. Flow control gives credit for
/// what is examined, as <see cref="Pipe"/> does, up to the largest windows: a reader that waits for a whole message gets it.
/// </summary>
internal sealed class QuicPipeReader(QuicStream stream, ReadHalf half) : PipeReader
{
    private ReadOnlySequence<byte> _current;
    private long _examined;
    private bool _isResultOut;
    private bool _isCancelRequested;
    private bool _isCompleted;

    public override bool TryRead(out ReadResult result)
    {
        lock (half.Gate)
        {
            Begin();
            if (TryTake(out result))
                return true;
            half.EndPipeRead();
            return false;
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        try
        {
            lock (half.Gate)
            {
                Begin();
                return TryTake(out var result)
                    ? new ValueTask<ReadResult>(result)
                    : WaitAndReadAsync(half.WaitAsync(cancellationToken), cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<ReadResult>(e);
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (half.Gate)
        {
            if (!_isResultOut)
                throw new InvalidOperationException("There is no result to advance over; read first.");
            _isResultOut = false;
            var consumedBytes = LengthTo(consumed);
            _examined = Math.Max(consumedBytes, LengthTo(examined)) - consumedBytes;
            _current = default;
            half.Advance(consumedBytes, _examined);
        }
    }

    public override void CancelPendingRead()
    {
        lock (half.Gate)
        {
            _isCancelRequested = true;
            half.Pulse();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        lock (half.Gate)
        {
            if (_isCompleted)
                return;
            _isCompleted = true;
            if (_isResultOut)
            {
                _isResultOut = false;
                _current = default;
                half.Advance(0, 0);
            }
        }

        half.Abort(stream.Connection.DefaultStreamErrorCode);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAndReadAsync(ValueTask wait, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await wait.ConfigureAwait(false);
                lock (half.Gate)
                {
                    if (TryTake(out var result))
                        return result;
                    wait = half.WaitAsync(cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            lock (half.Gate)
                half.EndPipeRead();
            throw;
        }
    }

    private void Begin()
    {
        if (_isCompleted)
            throw new InvalidOperationException("The reader is completed.");
        half.BeginPipeRead();
    }

    // A result keeps the read open until AdvanceTo; an exception ends it.
    private bool TryTake(out ReadResult result)
    {
        try
        {
            var isThere = half.TryPeek(_examined, out _current, out var isCompleted);
            if (!isThere && !_isCancelRequested)
            {
                result = default;
                return false;
            }

            _isResultOut = true;
            result = new ReadResult(_current, _isCancelRequested, isCompleted);
            _isCancelRequested = false;
            return true;
        }
        catch
        {
            half.EndPipeRead();
            throw;
        }
    }

    private long LengthTo(SequencePosition position) =>
        position.GetObject() is null ? 0 : _current.Slice(_current.Start, position).Length;
}
