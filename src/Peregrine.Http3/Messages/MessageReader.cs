using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// Reads the messages of one request stream (RFC 9114 §4.1): header sections by <see cref="ReadHeadAsync"/>, then the content as a pipe. It
/// reads only when asked, so back-pressure is the stream's own, and hands out the stream's own blocks; bytes are copied only when the
/// consumer leaves some of one DATA frame unconsumed and wants to see the next beside them. It owns that copy, no other bytes. After an
/// error nothing is parsed any more.
/// </summary>
internal sealed class MessageReader(PipeReader input, MessageRole role, MessageLimits limits, IMessageOwner owner)
    : PipeReader, IFrameObserver
{
    private readonly FrameCursor _cursor = new(role, limits);
    private readonly CarriedContent _carried = new();
    private SectionBuffer _section;
    private Phase _phase;
    private Outstanding _outstanding;
    private ReadOnlySequence<byte> _content;
    private long? _contentLength;
    private ulong _contentReceived;
    private bool _isTunnel;
    private bool _isCompleted;

    private enum Phase
    {
        Head,
        Content,
        Trailers,
        Ended,
    }

    // Whose bytes the last ReadAsync handed out.
    private enum Outstanding
    {
        Nothing,
        Empty,
        Input,
        Carried,
    }

    /// <summary>The trailers, once the content has ended, or null where there were none.</summary>
    public HttpFields? Trailers { get; private set; }

    /// <summary>The rule the peer broke, or null.</summary>
    public Http3Exception? Failure { get; private set; }

    /// <summary>Reads the next header section: the request's, or one response's. Throws what the peer did wrong.</summary>
    public async ValueTask<HttpFields> ReadHeadAsync(CancellationToken cancellationToken)
    {
        if (_phase != Phase.Head)
            throw new InvalidOperationException("The header section was read already.");
        while (true)
        {
            ThrowIfFailed();
            var result = await ReadInputAsync(cancellationToken).ConfigureAwait(false);
            if (TryTakeHead(result, out var section))
                return section;
        }
    }

    /// <summary>The request's header section is valid; its content comes next.</summary>
    public void OnRequestHead(RequestHead head)
    {
        _phase = Phase.Content;
        _isTunnel = head.IsConnect;
        _contentLength = head.ContentLength;
    }

    /// <summary>The final response's header section is valid; its content comes next.</summary>
    public void OnResponseHead(ResponseHead head, Http3Request request)
    {
        _phase = Phase.Content;
        _isTunnel = request.IsConnect && head.Status is >= 200 and <= 299;
        // RFC 9110 §6.4.1: these never have content, whatever Content-Length says.
        var isEmpty = request.Method is "HEAD" || head.Status is 204 or 304;
        _contentLength = _isTunnel ? null : isEmpty ? 0 : head.ContentLength;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (TryTakeReady(out var ready))
            return ready;
        while (true)
        {
            var result = await ReadInputAsync(cancellationToken).ConfigureAwait(false);
            if (TryTakeContent(result, out ready))
                return ready;
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        if (TryTakeReady(out result))
            return true;
        while (TryReadInput(out var read))
        {
            if (TryTakeContent(read, out result))
                return true;
        }

        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var outstanding = _outstanding;
        _outstanding = Outstanding.Nothing;
        switch (outstanding)
        {
            case Outstanding.Nothing:
                throw new InvalidOperationException("Nothing was read.");
            case Outstanding.Carried:
                _carried.AdvanceTo(consumed, examined);
                break;
            case Outstanding.Input:
                AdvanceInput(consumed, examined);
                break;
        }
    }

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted)
            return;
        _isCompleted = true;
        if (_phase != Phase.Ended && Failure is null)
        {
            // RFC 9114 §4.1: a server that needs no more of a request says so without an error.
            var code = exception is Http3Exception error ? error.ErrorCode
                : owner.IsServer ? Http3ErrorCode.NoError : Http3ErrorCode.RequestCancelled;
            owner.Abort(QuicAbortDirection.Read, code);
        }

        // A consumer on another thread may hold the carried bytes, or be about to add to them: they are left to the collector.
        _carried.Abandon();
    }

    void IFrameObserver.OnHeaders(ulong length)
    {
        if (_phase is Phase.Trailers or Phase.Ended)
            throw Http3Exception.OnConnection(Http3ErrorCode.FrameUnexpected, "HEADERS came after the trailers.");
        if (_phase == Phase.Content)
        {
            // RFC 9114 §4.4.
            if (_isTunnel)
                throw Http3Exception.OnConnection(Http3ErrorCode.FrameUnexpected, "HEADERS came inside a CONNECT tunnel.");
            CheckContentLengthAtEnd();
        }

        // Every encoding we know is shorter than what it decodes to counts.
        if (length > (ulong)limits.MaxFieldSectionSize)
            throw Http3Exception.OnStream(Http3ErrorCode.ExcessiveLoad, "A field section is larger than accepted.");
    }

    void IFrameObserver.OnData(ulong length)
    {
        if (_phase != Phase.Content)
        {
            throw Http3Exception.OnConnection(
                Http3ErrorCode.FrameUnexpected, _phase == Phase.Head ? "DATA came before HEADERS." : "DATA came after the trailers.");
        }

        // Frames may declare up to 2^62 - 1 bytes each, and four of those overflow.
        _contentReceived = length > ulong.MaxValue - _contentReceived ? ulong.MaxValue : _contentReceived + length;
        if (_contentLength is { } expected && _contentReceived > (ulong)expected)
            throw Http3Exception.Malformed("The content is longer than Content-Length.");
    }

    private ValueTask<ReadResult> ReadInputAsync(CancellationToken cancellationToken)
    {
        var read = input.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? read : Awaited(read);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<ReadResult> Awaited(ValueTask<ReadResult> pending)
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

    private bool TryReadInput(out ReadResult result)
    {
        try
        {
            return input.TryRead(out result);
        }
        catch (QuicException exception)
        {
            throw owner.Translate(exception);
        }
    }

    private bool TryTakeHead(in ReadResult result, out HttpFields section)
    {
        var buffer = result.Buffer;
        section = null!;
        try
        {
            var step = _cursor.Advance(ref buffer, result.IsCompleted, this);
            if (step == FrameStep.End)
            {
                throw role == MessageRole.Request
                    ? Http3Exception.OnStream(Http3ErrorCode.RequestIncomplete, "The stream ended before the request.")
                    : Http3Exception.Malformed("The stream ended before the final response.");
            }

            if (step == FrameStep.Headers && _section.TryTake(ref buffer, _cursor, limits.MaxFieldSectionSize, out section))
            {
                input.AdvanceTo(buffer.Start);
                return true;
            }
        }
        catch (Http3Exception error)
        {
            // The owner answers for heads: a server may still want to respond.
            Failure = error;
            input.AdvanceTo(result.Buffer.End);
            throw;
        }

        input.AdvanceTo(buffer.Start, buffer.End);
        if (result.IsCanceled)
            throw new OperationCanceledException("The read was cancelled.");
        return false;
    }

    private bool TryTakeReady(out ReadResult result)
    {
        if (_outstanding != Outstanding.Nothing)
            throw new InvalidOperationException("Call AdvanceTo before reading again.");
        if (_isCompleted)
            throw new InvalidOperationException("The reader was completed.");
        if (_phase == Phase.Head)
            throw new InvalidOperationException("The content cannot be read before the header section; get the response first.");
        ThrowIfFailed();
        if (_phase == Phase.Ended || _carried.HasUnexamined)
        {
            result = GiveCarried(isCanceled: false);
            return true;
        }

        result = default;
        return false;
    }

    private bool TryTakeContent(in ReadResult read, out ReadResult result)
    {
        var buffer = read.Buffer;
        try
        {
            while (true)
            {
                switch (_cursor.Advance(ref buffer, read.IsCompleted, this))
                {
                    case FrameStep.Data:
                        result = GiveData(buffer, read.IsCanceled);
                        return true;
                    case FrameStep.End:
                        if (_phase == Phase.Content)
                            CheckContentLengthAtEnd();
                        _phase = Phase.Ended;
                        input.AdvanceTo(buffer.End);
                        result = GiveCarried(isCanceled: false);
                        return true;
                    case FrameStep.Headers when _section.TryTake(ref buffer, _cursor, limits.MaxFieldSectionSize, out var section):
                        FieldSection.CheckTrailers(section);
                        Trailers = section;
                        _phase = Phase.Trailers;
                        continue;
                }

                break;
            }
        }
        catch (Http3Exception error)
        {
            Failure = error;
            input.AdvanceTo(read.Buffer.End);
            owner.OnProtocolError(error);
            throw;
        }

        input.AdvanceTo(buffer.Start, buffer.End);
        result = read.IsCanceled ? GiveCarried(isCanceled: true) : default;
        return read.IsCanceled;
    }

    private ReadResult GiveData(in ReadOnlySequence<byte> buffer, bool isCanceled)
    {
        var content = buffer.Slice(0, (long)Math.Min(_cursor.Remaining, (ulong)buffer.Length));
        if (_carried.IsEmpty)
        {
            _outstanding = Outstanding.Input;
            _content = content;
            return new ReadResult(content, isCanceled, isCompleted: false);
        }

        _carried.Append(content);
        _cursor.Consume(content.Length);
        input.AdvanceTo(content.End);
        return GiveCarried(isCanceled);
    }

    private ReadResult GiveCarried(bool isCanceled)
    {
        _outstanding = _carried.IsEmpty ? Outstanding.Empty : Outstanding.Carried;
        return new ReadResult(_carried.Content, isCanceled, _phase == Phase.Ended);
    }

    private void AdvanceInput(SequencePosition consumed, SequencePosition examined)
    {
        var rest = _content.Slice(consumed);
        var wholeFrame = (ulong)_content.Length == _cursor.Remaining;
        var examinedAll = _content.Slice(examined).IsEmpty;
        _cursor.Consume(_content.Length - rest.Length);
        _content = default;
        if (rest.IsEmpty || !examinedAll || !wholeFrame)
        {
            input.AdvanceTo(consumed, examined);
            return;
        }

        // The consumer wants more beside what it left, and more is in another frame.
        _carried.Append(rest);
        _carried.MarkExamined();
        _cursor.Consume(rest.Length);
        input.AdvanceTo(rest.End);
    }

    private void CheckContentLengthAtEnd()
    {
        if (_contentLength is { } expected && _contentReceived != (ulong)expected)
            throw Http3Exception.Malformed("The content is shorter than Content-Length.");
    }

    private void ThrowIfFailed()
    {
        if (Failure is { } failure)
            throw failure.Copy();
    }
}
