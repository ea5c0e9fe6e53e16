using System.Buffers;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>What the frames of a control stream bring about.</summary>
internal interface IControlFrameSink
{
    /// <summary>Whether the peer sent the transport parameter max_datagram_frame_size.</summary>
    bool PeerTakesQuicDatagrams { get; }

    void OnSettings(Http3Settings settings);

    void OnGoAway(long id);

    void OnPriorityUpdate();

    /// <summary>The peer sent what is legal and useless; throws the error of the connection when that was too often.</summary>
    void OnGlitch(string what);
}

/// <summary>
/// The rules of the control stream (RFC 9114 §7.2, Table 1). SETTINGS comes first and once. A frame that is known must fit its bound as
/// soon as its length is read; unknown ones are skipped as their bytes come. Throws errors of the connection, after which it must not be
/// used.
/// </summary>
internal sealed class ControlFrames(bool isServer, IControlFrameSink sink)
{
    // A varint, and for PRIORITY_UPDATE a structured field after it (RFC 9218 §7.2).
    private const int MaxPriorityUpdate = 1024;

    private bool _hasSettings;
    private long _goAwayId = long.MaxValue;
    private ulong? _maxPushId;
    private ulong _skip;

    /// <summary>Reads every frame that is whole, cutting what was read off the front of <paramref name="buffer"/>.</summary>
    public void Read(ref ReadOnlySequence<byte> buffer)
    {
        while (true)
        {
            var skipped = Math.Min(_skip, (ulong)buffer.Length);
            buffer = buffer.Slice((long)skipped);
            _skip -= skipped;
            if (_skip != 0 || !FrameHeader.TryRead(buffer, out var header, out var headerLength))
                return;

            Check(header);
            if (!IsKnown(header.Type))
            {
                sink.OnGlitch("frames of unknown types");
                buffer = buffer.Slice(headerLength);
                _skip = header.Length;
                continue;
            }

            var payload = buffer.Slice(headerLength);
            if ((ulong)payload.Length < header.Length)
                return;
            payload = payload.Slice(0, (long)header.Length);
            Handle(header.Type, payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray());
            buffer = buffer.Slice(payload.End);
        }
    }

    private static bool IsKnown(ulong type) => MaxPayload(type) is not null;

    /// <summary>The longest payload of the frames that may stand here, or null for the unknown.</summary>
    private static int? MaxPayload(ulong type) => type switch
    {
        FrameType.Settings => SettingsFrame.MaxPayload,
        FrameType.GoAway or FrameType.MaxPushId or FrameType.CancelPush => VarInt.MaxLength,
        FrameType.PriorityUpdateRequest or FrameType.PriorityUpdatePush => MaxPriorityUpdate,
        _ => null,
    };

    private void Check(FrameHeader header)
    {
        var name = FrameType.NameOf(header.Type);
        if (!_hasSettings && header.Type != FrameType.Settings)
            throw Error(Http3ErrorCode.MissingSettings, $"The control stream begins with {name}, not with SETTINGS.");
        if (_hasSettings && header.Type == FrameType.Settings)
            throw Error(Http3ErrorCode.FrameUnexpected, "SETTINGS came a second time.");
        if (header.Type is FrameType.Data or FrameType.Headers or FrameType.PushPromise || FrameType.IsHttp2Only(header.Type))
            throw Error(Http3ErrorCode.FrameUnexpected, $"{name} came on the control stream.");
        if (!isServer && header.Type is FrameType.MaxPushId or FrameType.PriorityUpdateRequest or FrameType.PriorityUpdatePush)
            throw Error(Http3ErrorCode.FrameUnexpected, $"A server sent {name}.");
        if (MaxPayload(header.Type) is { } most && header.Length > (ulong)most)
        {
            var isBulky = most != VarInt.MaxLength;
            throw Error(isBulky ? Http3ErrorCode.ExcessiveLoad : Http3ErrorCode.FrameError, $"{name} is {header.Length} bytes long.");
        }
    }

    private void Handle(ulong type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameType.Settings:
                _hasSettings = true;
                sink.OnSettings(SettingsFrame.Read(payload, sink.PeerTakesQuicDatagrams));
                break;
            case FrameType.GoAway:
                OnGoAway(ReadId(type, payload));
                break;
            case FrameType.MaxPushId:
                OnMaxPushId(ReadId(type, payload));
                break;
            case FrameType.CancelPush:
                // RFC 9114 §7.2.3: no push was promised on either side, so no push ID can be meant.
                throw Error(Http3ErrorCode.IdError, $"CANCEL_PUSH names push {ReadId(type, payload)}, which was never promised.");
            case FrameType.PriorityUpdateRequest:
                if (!VarInt.TryRead(payload, out var streamId, out _))
                    throw Error(Http3ErrorCode.FrameError, "PRIORITY_UPDATE is cut short.");
                // RFC 9218 §7.2.
                if (streamId % 4 != 0)
                    throw Error(Http3ErrorCode.IdError, $"PRIORITY_UPDATE names stream {streamId}, which is no request.");
                sink.OnPriorityUpdate();
                break;
            case FrameType.PriorityUpdatePush:
                throw Error(Http3ErrorCode.IdError, "PRIORITY_UPDATE names a push, and none was promised.");
        }
    }

    // RFC 9114 §5.2 and §7.2.6.
    private void OnGoAway(ulong id)
    {
        if (!isServer && id % 4 != 0)
            throw Error(Http3ErrorCode.IdError, $"GOAWAY names stream {id}, which is no request.");
        if ((long)id > _goAwayId)
            throw Error(Http3ErrorCode.IdError, $"GOAWAY names {id}, more than {_goAwayId} before.");
        if (_goAwayId != long.MaxValue)
            sink.OnGlitch("GOAWAY frames");
        _goAwayId = (long)id;
        sink.OnGoAway(_goAwayId);
    }

    // RFC 9114 §7.2.7.
    private void OnMaxPushId(ulong id)
    {
        if (id < _maxPushId)
            throw Error(Http3ErrorCode.IdError, $"MAX_PUSH_ID is {id}, less than {_maxPushId} before.");
        if (_maxPushId is not null)
            sink.OnGlitch("MAX_PUSH_ID frames");
        _maxPushId = id;
    }

    private static ulong ReadId(ulong type, ReadOnlySpan<byte> payload)
    {
        if (VarInt.TryRead(payload, out var id, out var length) && length == payload.Length)
            return id;
        throw Error(Http3ErrorCode.FrameError, $"{FrameType.NameOf(type)} does not hold exactly one integer.");
    }

    private static Http3Exception Error(Http3ErrorCode code, string message) => Http3Exception.OnConnection(code, message);
}
