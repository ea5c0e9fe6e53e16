using System.Buffers;

namespace Peregrine.Http3;

/// <summary>Where a reader of a request stream stands.</summary>
internal enum FrameStep
{
    /// <summary>More bytes are needed; everything that could be skipped was.</summary>
    NeedMore,

    /// <summary>At the payload of a DATA frame, of which <see cref="FrameCursor.Remaining"/> bytes are left.</summary>
    Data,

    /// <summary>At the payload of a HEADERS frame, of which <see cref="FrameCursor.Remaining"/> bytes are left.</summary>
    Headers,

    /// <summary>The stream ended between two frames.</summary>
    End,
}

/// <summary>
/// Walks over the frames of a request stream (RFC 9114 §7). Frames it does not know are skipped as their bytes come, whatever length they
/// declare; frames that may not stand on a request stream throw the error of the connection. It holds no bytes.
/// </summary>
internal sealed class FrameCursor(MessageRole role, MessageLimits limits)
{
    private bool _isSkipping;
    private bool _isAtHeaders;

    /// <summary>Bytes left of the frame at which it stands.</summary>
    public ulong Remaining { get; private set; }

    /// <summary>
    /// Goes on to the payload of the next frame that matters, cutting what it passed off the front of <paramref name="buffer"/>.
    /// </summary>
    /// <param name="buffer">The bytes that have come.</param>
    /// <param name="isCompleted">Whether no more will.</param>
    /// <param name="onFrame">Told of each DATA and HEADERS frame as soon as its header is read.</param>
    public FrameStep Advance(ref ReadOnlySequence<byte> buffer, bool isCompleted, IFrameObserver onFrame)
    {
        while (true)
        {
            if (Remaining != 0)
            {
                if (!_isSkipping)
                    return Check(buffer, isCompleted) ? (_isAtHeaders ? FrameStep.Headers : FrameStep.Data) : FrameStep.NeedMore;
                Skip(ref buffer);
                if (Remaining != 0)
                    return isCompleted ? throw Truncated() : FrameStep.NeedMore;
            }

            if (!FrameHeader.TryRead(buffer, out var header, out var consumed))
            {
                if (!isCompleted)
                    return FrameStep.NeedMore;
                return buffer.IsEmpty ? FrameStep.End : throw Truncated();
            }

            buffer = buffer.Slice(consumed);
            Enter(header, onFrame);
            if (Remaining == 0 && !_isSkipping && _isAtHeaders)
                throw Http3Exception.OnConnection(Http3ErrorCode.QpackDecompressionFailed, "A HEADERS frame is empty.");
        }
    }

    /// <summary>Counts bytes of the payload as read.</summary>
    public void Consume(long count) => Remaining -= (ulong)count;

    private void Enter(FrameHeader header, IFrameObserver onFrame)
    {
        Remaining = header.Length;
        _isAtHeaders = false;
        _isSkipping = false;
        switch (header.Type)
        {
            case FrameType.Data:
                onFrame.OnData(header.Length);
                if (header.Length == 0)
                    limits.Glitches.Spend("empty DATA frames");
                break;
            case FrameType.Headers:
                _isAtHeaders = true;
                onFrame.OnHeaders(header.Length);
                break;
            default:
                CheckForeign(header.Type);
                limits.Glitches.Spend("frames of unknown types");
                _isSkipping = true;
                break;
        }
    }

    private void CheckForeign(ulong type)
    {
        if (FrameType.IsHttp2Only(type))
            throw Unexpected($"The {FrameType.NameOf(type)} belongs to HTTP/2.");
        switch (type)
        {
            case FrameType.CancelPush or FrameType.Settings or FrameType.GoAway or FrameType.MaxPushId
                or FrameType.PriorityUpdateRequest or FrameType.PriorityUpdatePush:
                throw Unexpected($"{FrameType.NameOf(type)} came on a request stream.");
            case FrameType.PushPromise when role == MessageRole.Request:
                throw Unexpected("A client sent PUSH_PROMISE.");
            case FrameType.PushPromise:
                // RFC 9114 §7.2.5: we never send MAX_PUSH_ID, so every push ID is larger than allowed.
                throw Http3Exception.OnConnection(Http3ErrorCode.IdError, "The server promised a push that was not allowed.");
            default:
                if (limits.Signals.ContainsKey(type))
                {
                    throw Http3Exception.OnConnection(
                        Http3ErrorCode.FrameError, $"The signal 0x{type:x} does not stand first on its stream.");
                }

                break;
        }
    }

    private void Skip(ref ReadOnlySequence<byte> buffer)
    {
        var skipped = Math.Min(Remaining, (ulong)buffer.Length);
        buffer = buffer.Slice((long)skipped);
        Remaining -= skipped;
    }

    // True when there are bytes of the payload to read.
    private static bool Check(in ReadOnlySequence<byte> buffer, bool isCompleted)
    {
        if (!buffer.IsEmpty)
            return true;
        return isCompleted ? throw Truncated() : false;
    }

    private static Http3Exception Unexpected(string message) => Http3Exception.OnConnection(Http3ErrorCode.FrameUnexpected, message);

    // RFC 9114 §7.1.
    private static Http3Exception Truncated() => Http3Exception.OnConnection(Http3ErrorCode.FrameError, "The stream ended inside a frame.");
}

/// <summary>Judges the frames of a message in their order, before their payloads are read.</summary>
internal interface IFrameObserver
{
    void OnData(ulong length);

    void OnHeaders(ulong length);
}
