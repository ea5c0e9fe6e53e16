using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Peregrine.Quic;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>
/// Writes the messages of one request stream: header sections, then the content as a pipe, each flush or large write one DATA frame (RFC
/// 9114 §7.2.1). It owns the bytes staged between two flushes, before which it leaves room for their frame's header.
/// </summary>
internal sealed class MessageWriter(PipeWriter output, IMessageOwner owner) : PipeWriter
{
    // As much as is copied between two chances for the stream to say that its buffer is full.
    private const int ChunkSize = 32 * 1024;
    private const int InitialStage = 4096;

    private PooledBuffer? _staged;
    private volatile bool _isCompleted;

    /// <summary>True once the request's or final response's header section was written.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>True once the message has ended, by completion or abort.</summary>
    public bool IsCompleted => _isCompleted;

    /// <summary>Done when the last bytes of a completed message are with the stream. Never faults.</summary>
    public Task Ending { get; private set; } = Task.CompletedTask;

    /// <summary>Whether this is a CONNECT, which has no trailers (RFC 9114 §4.4).</summary>
    public bool IsTunnel { get; set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _staged is { } staged ? staged.Length - FrameHeader.MaxEncodedLength : 0;

    public async ValueTask WriteHeadAsync(HttpFields section, bool isFinal, bool endStream, CancellationToken cancellationToken)
    {
        if (HasBegun)
            throw new InvalidOperationException("The header section was sent already.");
        ThrowIfCompleted();
        using var frame = EncodeSection(section, out var start);
        HasBegun = isFinal;
        if (endStream)
        {
            await EndAsync(frame.Written[start..], cancellationToken).ConfigureAwait(false);
            return;
        }

        output.Write(frame.Written.Span[start..]);
        await FlushOutputAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask WriteTrailersAsync(HttpFields trailers, CancellationToken cancellationToken)
    {
        ThrowUnlessOpen();
        if (IsTunnel)
            throw new InvalidOperationException("A CONNECT has no trailers (RFC 9114 §4.4).");
        WriteStaged();
        if (output.UnflushedBytes != 0)
            await FlushOutputAsync(cancellationToken).ConfigureAwait(false);
        using var frame = EncodeSection(trailers, out var start);
        await EndAsync(frame.Written[start..], cancellationToken).ConfigureAwait(false);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowUnlessOpen();
        return Stage().GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowUnlessOpen();
        return Stage().GetSpan(sizeHint);
    }

    public override void Advance(int bytes)
    {
        if (_staged is null && bytes != 0)
            throw new InvalidOperationException("Call GetMemory or GetSpan first.");
        _staged?.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_isCompleted)
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true));
        WriteStaged();
        return FlushOutputAsync(cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowUnlessOpen();
        cancellationToken.ThrowIfCancellationRequested();
        WriteStaged();
        if (source.IsEmpty)
            return await FlushOutputAsync(cancellationToken).ConfigureAwait(false);

        var header = output.GetSpan(FrameHeader.MaxEncodedLength);
        output.Advance(FrameHeader.Write(header, FrameType.Data, (ulong)source.Length));
        try
        {
            while (true)
            {
                var chunk = source[..Math.Min(source.Length, ChunkSize)];
                output.Write(chunk.Span);
                source = source[chunk.Length..];
                var flushed = await FlushOutputAsync(cancellationToken).ConfigureAwait(false);
                if (source.IsEmpty || flushed.IsCompleted)
                    return flushed;
            }
        }
        catch when (!source.IsEmpty)
        {
            // Half a frame is worse than none: whatever came next would be read as its rest.
            owner.Abort(QuicAbortDirection.Write, Http3ErrorCode.RequestCancelled);
            throw;
        }
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    /// <summary>Ends the message, or resets it. It does not wait: what the stream has no room for follows when it has.</summary>
    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted)
            return;
        if (exception is not null || !HasBegun)
            owner.Abort(QuicAbortDirection.Write, exception is Http3Exception error ? error.ErrorCode : Http3ErrorCode.InternalError);
        else
            Ending = EndQuietlyAsync();
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        await Ending.ConfigureAwait(false);
    }

    /// <summary>The sending half was reset: nothing can be written any more.</summary>
    public void OnAborted() => _isCompleted = true;

    /// <summary>
    /// Lets go of the staged bytes. They are left to the collector, not returned to the pool: a writer on another thread may still hold
    /// them.
    /// </summary>
    public void Release()
    {
        _isCompleted = true;
        _staged = null;
    }

    private async Task EndQuietlyAsync()
    {
        using var staged = _staged;
        _staged = null;
        try
        {
            if (staged is null)
                await EndAsync(default, CancellationToken.None).ConfigureAwait(false);
            else
                await EndAsync(FrameStaged(staged), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or Http3Exception or InvalidOperationException)
        {
            // WritesClosed says how the sending half ended.
        }
    }

    private async ValueTask EndAsync(ReadOnlyMemory<byte> lastBytes, CancellationToken cancellationToken)
    {
        _isCompleted = true;
        // A cancelled flush may have left something.
        if (output.UnflushedBytes != 0)
            await FlushOutputAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await owner.WriteLastAsync(lastBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (QuicException exception)
        {
            throw owner.Translate(exception);
        }
    }

    private ValueTask<FlushResult> FlushOutputAsync(CancellationToken cancellationToken)
    {
        var flush = output.FlushAsync(cancellationToken);
        return flush.IsCompletedSuccessfully ? flush : Awaited(flush);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<FlushResult> Awaited(ValueTask<FlushResult> pending)
        {
            try
            {
                return await pending.ConfigureAwait(false);
            }
            catch (QuicException exception)
            {
                throw owner.Translate(exception);
            }
        }
    }

    private PooledBuffer Stage()
    {
        if (_staged is { } staged)
            return staged;
        staged = new PooledBuffer(InitialStage);
        staged.Advance(FrameHeader.MaxEncodedLength);
        return _staged = staged;
    }

    private void WriteStaged()
    {
        if (_staged is not { } staged)
            return;
        _staged = null;
        output.Write(FrameStaged(staged).Span);
        staged.Dispose();
    }

    private static ReadOnlyMemory<byte> FrameStaged(PooledBuffer staged)
    {
        var start = PutHeader(staged, FrameType.Data);
        return staged.Length == FrameHeader.MaxEncodedLength ? default : staged.Written[start..];
    }

    private PooledBuffer EncodeSection(HttpFields section, out int start)
    {
        CheckSize(section);
        var frame = new PooledBuffer(1024);
        frame.Advance(FrameHeader.MaxEncodedLength);
        FieldSectionEncoder.WritePrefix(frame);
        foreach (var (name, value) in section)
            FieldSectionEncoder.Write(frame, name, value);
        start = PutHeader(frame, FrameType.Headers);
        return frame;
    }

    // RFC 9114 §4.2.2: the peer would refuse it. The caller did nothing wrong: another peer takes the same fields.
    private void CheckSize(HttpFields section)
    {
        if (owner.PeerMaxFieldSectionSize is not { } most)
            return;
        long size = 0;
        foreach (var (name, value) in section)
            size += FieldSectionEncoder.SizeOf(name, value);
        if (size > most)
        {
            throw Http3Exception.OnStream(
                Http3ErrorCode.ExcessiveLoad,
                $"The fields count {size} bytes, and the peer takes {most} at most (SETTINGS_MAX_FIELD_SECTION_SIZE); nothing was sent.");
        }
    }

    // Puts the header right before the payload and returns where it begins.
    private static int PutHeader(PooledBuffer frame, ulong type)
    {
        var length = (ulong)(frame.Length - FrameHeader.MaxEncodedLength);
        var start = FrameHeader.MaxEncodedLength - FrameHeader.EncodedLength(type, length);
        FrameHeader.Write(frame.Written.Span[start..], type, length);
        return start;
    }

    private void ThrowUnlessOpen()
    {
        if (!HasBegun)
            throw new InvalidOperationException("Send the header section first; on a server, call RespondAsync.");
        ThrowIfCompleted();
    }

    private void ThrowIfCompleted()
    {
        if (!_isCompleted)
            return;
        throw owner.Rejection is { } rejection ? rejection : new InvalidOperationException("The message has ended.");
    }
}
