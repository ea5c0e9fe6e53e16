using Peregrine.Wire;

namespace Peregrine.WebTransport;

/// <summary>
/// Reads the capsules of one CONNECT stream from pieces of any size. It holds at most the 1,028 bytes of a closing capsule; everything it
/// does not know is skipped as it streams by, whatever length it declares. After <see cref="CapsuleEvent.Close"/> any further byte is
/// <see cref="CapsuleEvent.Malformed"/>. One reader, one stream, one caller at a time.
/// </summary>
internal sealed class SessionCapsuleReader
{
    private const int MaxHeaderLength = 2 * VarInt.MaxLength;

    private readonly byte[] _header = new byte[MaxHeaderLength];
    private byte[]? _closeBody;
    private int _headerLength;
    private int _closeBodyLength;
    private ulong _type;
    private ulong _bodyRemaining;
    private State _state;

    private enum State
    {
        Header,
        CloseBody,
        SkippedBody,
        Closed,
        Malformed,
    }

    /// <summary>False while part of a capsule has been read: a stream that ends there is malformed (RFC 9297 §3.3).</summary>
    public bool IsAtBoundary => _state == State.Closed || (_state == State.Header && _headerLength == 0);

    public uint CloseCode { get; private set; }

    public string CloseReason { get; private set; } = "";

    public string Fault { get; private set; } = "";

    /// <summary>Takes bytes off the front of <paramref name="input"/> until something happens or none are left.</summary>
    public CapsuleEvent Read(ref ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            var happened = _state switch
            {
                State.Header => ReadHeader(ref input),
                State.CloseBody => ReadCloseBody(ref input),
                State.SkippedBody => Skip(ref input),
                State.Closed => Fail("bytes followed WT_CLOSE_SESSION"),
                _ => CapsuleEvent.Malformed,
            };
            if (happened != CapsuleEvent.NeedMore)
                return happened;
        }

        return CapsuleEvent.NeedMore;
    }

    private CapsuleEvent ReadHeader(ref ReadOnlySpan<byte> input)
    {
        _header[_headerLength++] = input[0];
        input = input[1..];

        var reader = new SpanReader(_header.AsSpan(0, _headerLength));
        if (!reader.TryReadVarInt(out _type) || !reader.TryReadVarInt(out _bodyRemaining))
            return CapsuleEvent.NeedMore;
        _headerLength = 0;

        switch (_type)
        {
            case CapsuleType.CloseSession when _bodyRemaining is < CloseSessionCapsule.CodeLength or > CloseSessionCapsule.MaxBodyLength:
                return Fail($"WT_CLOSE_SESSION of {_bodyRemaining} bytes; it holds a code of 4 bytes and a reason of at most 1,024");
            case CapsuleType.CloseSession:
                _closeBody ??= new byte[CloseSessionCapsule.MaxBodyLength];
                _state = State.CloseBody;
                return CapsuleEvent.NeedMore;
            case CapsuleType.DrainSession when _bodyRemaining != 0:
                return Fail("WT_DRAIN_SESSION that is not empty");
            case CapsuleType.DrainSession:
                return CapsuleEvent.Drain;
            default:
                _state = _bodyRemaining == 0 ? State.Header : State.SkippedBody;
                return CapsuleEvent.NeedMore;
        }
    }

    private CapsuleEvent ReadCloseBody(ref ReadOnlySpan<byte> input)
    {
        var count = (int)Math.Min(_bodyRemaining, (ulong)input.Length);
        input[..count].CopyTo(_closeBody.AsSpan(_closeBodyLength));
        input = input[count..];
        _closeBodyLength += count;
        _bodyRemaining -= (ulong)count;
        if (_bodyRemaining != 0)
            return CapsuleEvent.NeedMore;

        if (!CloseSessionCapsule.TryReadBody(_closeBody.AsSpan(0, _closeBodyLength), out var code, out var reason))
            return Fail("the reason of WT_CLOSE_SESSION is not valid UTF-8");
        CloseCode = code;
        CloseReason = reason;
        _state = State.Closed;
        return CapsuleEvent.Close;
    }

    // RFC 9297 §3.2: unknown capsules are skipped over. What the peer sends this way is bounded by nothing, so nothing of it is kept.
    private CapsuleEvent Skip(ref ReadOnlySpan<byte> input)
    {
        var count = (int)Math.Min(_bodyRemaining, (ulong)input.Length);
        input = input[count..];
        _bodyRemaining -= (ulong)count;
        if (_bodyRemaining == 0)
            _state = State.Header;
        return CapsuleEvent.NeedMore;
    }

    private CapsuleEvent Fail(string fault)
    {
        Fault = fault;
        _state = State.Malformed;
        return CapsuleEvent.Malformed;
    }
}
