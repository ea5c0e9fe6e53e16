using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Peregrine.Quic;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>
/// Writes the messages of one request stream: header sections, then the content as a pipe, each flush or write one DATA frame (RFC 9114
/// §7.2.1). It owns the bytes staged between two flushes.
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

    /// <summary>Whether this is a CONNECT, which has no trailers (RFC 9114 §4.4).</summary>
    public bool IsTunnel { get; set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _staged?.Length ?? 0;

    public async ValueTask WriteHeadAsync(HttpFields section, bool isFinal, bool endStream, CancellationToken cancellationToken)
    {
        if (HasBegun)
            throw new InvalidOperationException("The header section was sent already.");
        ThrowIfCompleted();
        HasBegun = isFinal;
        WriteSection(section);
        await EndOrFlushAsync(endStream, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask WriteTrailersAsync(HttpFields trailers, CancellationToken cancellationToken)
    {
        ThrowUnlessOpen();
        if (IsTunnel)
            throw new InvalidOperationException("A CONNECT has no trailers (RFC 9114 §4.4).");
        WriteStaged();
        WriteSection(trailers);
        await EndOrFlushAsync(endStream: true, cancellationToken).ConfigureAwait(false);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowUnlessOpen();
        return (_staged ??= new PooledBuffer(InitialStage)).GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowUnlessOpen();
        return (_staged ??= new PooledBuffer(InitialStage)).GetSpan(sizeHint);
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
        return output.FlushAsync(cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowUnlessOpen();
        cancellationToken.ThrowIfCancellationRequested();
        WriteStaged();
        if (source.IsEmpty)
            return await output.FlushAsync(cancellationToken).ConfigureAwait(false);

        WriteDataHeader(source.Length);
        try
        {
            while (true)
            {
                var chunk = source[..Math.Min(source.Length, ChunkSize)];
                output.Write(chunk.Span);
                source = source[chunk.Length..];
                var flushed = await output.FlushAsync(cancellationToken).ConfigureAwait(false);
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

    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted)
            return;
        if (exception is not null || !HasBegun)
        {
            owner.Abort(QuicAbortDirection.Write, exception is Http3Exception error ? error.ErrorCode : Http3ErrorCode.InternalError);
            return;
        }

        WriteStaged();
        _isCompleted = true;
        output.Complete();
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null && HasBegun && !_isCompleted && UnflushedBytes != 0)
            await FlushAsync().ConfigureAwait(false);
        Complete(exception);
    }

    /// <summary>The sending half was reset: nothing can be written any more.</summary>
    public void OnAborted() => _isCompleted = true;

    /// <summary>
    /// Lets go of the staged bytes. They are left to the collector, not returned to the pool: a writer on another thread may still hold them.
    /// </summary>
    public void Release()
    {
        _isCompleted = true;
        _staged = null;
    }

    private async ValueTask EndOrFlushAsync(bool endStream, CancellationToken cancellationToken)
    {
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (!endStream)
            return;
        _isCompleted = true;
        output.Complete();
    }

    private void WriteSection(HttpFields section)
    {
        using var encoded = new PooledBuffer(1024);
        FieldSectionEncoder.WritePrefix(encoded);
        foreach (var (name, value) in section)
            FieldSectionEncoder.Write(encoded, name, value);
        var span = output.GetSpan(FrameHeader.MaxEncodedLength);
        output.Advance(FrameHeader.Write(span, FrameType.Headers, (ulong)encoded.Length));
        output.Write(encoded.WrittenSpan);
    }

    private void WriteStaged()
    {
        var staged = _staged;
        if (staged is null || staged.Length == 0)
            return;
        WriteDataHeader(staged.Length);
        output.Write(staged.WrittenSpan);
        staged.Dispose();
        _staged = null;
    }

    private void WriteDataHeader(int length)
    {
        var span = output.GetSpan(1 + VarInt.MaxLength);
        output.Advance(FrameHeader.Write(span, FrameType.Data, (ulong)length));
    }

    private void ThrowUnlessOpen()
    {
        if (!HasBegun)
            throw new InvalidOperationException("Send the header section first; on a server, call RespondAsync.");
        ThrowIfCompleted();
    }

    private void ThrowIfCompleted()
    {
        if (_isCompleted)
            throw new InvalidOperationException("The message has ended.");
    }
}
