using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>The first frame of a control stream (RFC 9114 §7.2.4).</summary>
/// <remarks>
/// <code>
/// Setting {
///   Identifier (i),
///   Value (i),
/// }
/// SETTINGS Frame {
///   Type (i) = 0x04,
///   Length (i),
///   Setting (..) ...,
/// }
/// </code>
/// </remarks>
internal static class SettingsFrame
{
    /// <summary>More settings than this are taken for an attack; browsers send fewer than ten.</summary>
    public const int MaxSettings = 128;

    /// <summary>The longest payload that <see cref="MaxSettings"/> can need.</summary>
    public const int MaxPayload = MaxSettings * 2 * VarInt.MaxLength;

    /// <summary>Reads a payload. Throws what the peer did wrong, which always ends the connection.</summary>
    /// <param name="payload">The payload of the frame.</param>
    /// <param name="peerTakesQuicDatagrams">Whether the transport parameter max_datagram_frame_size was sent.</param>
    public static Http3Settings Read(ReadOnlySpan<byte> payload, bool peerTakesQuicDatagrams)
    {
        var values = new Dictionary<ulong, ulong>();
        var reader = new SpanReader(payload);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadVarInt(out var id) || !reader.TryReadVarInt(out var value))
                throw Http3Exception.OnConnection(Http3ErrorCode.FrameError, "SETTINGS ends inside a setting.");
            Check(id, value);
            if (!values.TryAdd(id, value))
                throw Error($"Setting 0x{id:x} is there twice.");
            if (values.Count > MaxSettings)
                throw Http3Exception.OnConnection(Http3ErrorCode.ExcessiveLoad, $"SETTINGS holds more than {MaxSettings} settings.");
        }

        // RFC 9297 §2.1.1 builds on RFC 9221 §3: the setting promises what the transport parameter did not.
        if (!peerTakesQuicDatagrams && values.GetValueOrDefault(SettingId.H3Datagram) == 1)
            throw Error("H3_DATAGRAM is 1 but the transport parameter max_datagram_frame_size is missing or 0.");
        return new Http3Settings(values);
    }

    /// <summary>Writes the whole frame.</summary>
    public static void Write(PooledBuffer destination, IReadOnlyDictionary<ulong, ulong> settings)
    {
        ulong length = 0;
        foreach (var (id, value) in settings)
            length += (ulong)(VarInt.Length(id) + VarInt.Length(value));
        var span = destination.GetSpan(FrameHeader.MaxEncodedLength + (int)length);
        var written = FrameHeader.Write(span, FrameType.Settings, length);
        foreach (var (id, value) in settings)
        {
            written += VarInt.Write(span[written..], id);
            written += VarInt.Write(span[written..], value);
        }

        destination.Advance(written);
    }

    private static void Check(ulong id, ulong value)
    {
        if (SettingId.IsHttp2Only(id))
            throw Error($"Setting 0x{id:x} is reserved because HTTP/2 used it.");
        if (SettingId.IsBoolean(id) && value > 1)
            throw Error($"Setting 0x{id:x} is {value} but may only be 0 or 1.");
    }

    private static Http3Exception Error(string message) => Http3Exception.OnConnection(Http3ErrorCode.SettingsError, message);
}
