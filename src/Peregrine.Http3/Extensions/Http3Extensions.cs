using System.Collections.Frozen;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>
/// The one table through which HTTP/3 is extended (RFC 9114 §9). Fill it in, then give it to any number of connections by
/// <see cref="Http3ConnectionOptions.Extensions"/>; the first connection freezes it.
/// </summary>
public sealed class Http3Extensions
{
    private readonly Dictionary<ulong, ulong> _settings = [];
    private readonly Dictionary<ulong, Http3StreamHandler> _unidirectional = [];
    private readonly Dictionary<ulong, Http3StreamHandler> _bidirectional = [];
    private readonly Dictionary<ulong, int> _capsules = [];
    private volatile FrozenTable? _frozen;

    /// <summary>
    /// Called once for each connection when the peer's SETTINGS arrived, before <see cref="Http3Connection.PeerSettings"/> completes. It
    /// may throw an <see cref="Http3Exception"/> with the scope <see cref="Http3ErrorScope.Connection"/> to close the connection.
    /// </summary>
    public Action<Http3Connection, Http3Settings>? PeerSettingsReceived { get; set; }

    /// <summary>Takes the datagrams that no request stream claimed. Without it they are dropped.</summary>
    public Http3UnclaimedDatagramReceiver? UnclaimedDatagram { get; set; }

    /// <summary>
    /// Says whether a server's settings allow extended CONNECT though ENABLE_CONNECT_PROTOCOL is not among them, as settings of an
    /// extension's early drafts do. Asked on clients only.
    /// </summary>
    public Func<Http3Settings, bool>? ImpliesExtendedConnect { get; set; }

    /// <summary>Announces a setting to every peer.</summary>
    /// <param name="id">The identifier, 0 to 2^62-1, not one of HTTP/3's own: those are set by
    /// <see cref="Http3ConnectionOptions"/>.</param>
    /// <param name="value">The value, 0 to 2^62-1.</param>
    /// <exception cref="ArgumentException">The identifier is there already, reserved, or HTTP/3's own.</exception>
    public void AddSetting(ulong id, ulong value)
    {
        CheckVarInt(id, nameof(id));
        CheckVarInt(value, nameof(value));
        if (SettingId.IsHttp2Only(id) || id is SettingId.QpackMaxTableCapacity or SettingId.QpackBlockedStreams
            or SettingId.MaxFieldSectionSize or SettingId.EnableConnectProtocol or SettingId.H3Datagram)
        {
            throw new ArgumentException($"Setting 0x{id:x} is HTTP/3's own; Http3ConnectionOptions sets it.", nameof(id));
        }

        Add(_settings, id, value, "Setting");
    }

    /// <summary>Registers a type of unidirectional stream (RFC 9114 §6.2).</summary>
    /// <param name="type">The type, 0 to 2^62-1, above 0x03.</param>
    /// <param name="handler">Takes each such stream that the peer opens.</param>
    public void AddUnidirectionalStreamType(ulong type, Http3StreamHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        CheckVarInt(type, nameof(type));
        if (type <= StreamType.QpackDecoder)
            throw new ArgumentException($"Stream type 0x{type:x} is HTTP/3's own.", nameof(type));
        Add(_unidirectional, type, handler, "Stream type");
    }

    /// <summary>
    /// Registers a signal: a value that stands first on a bidirectional stream, where a request has a frame type, and takes the stream out
    /// of HTTP/3. Anywhere else the value is a connection error of H3_FRAME_ERROR. On a client, registering one allows the server to open
    /// bidirectional streams at all (RFC 9114 §6.1).
    /// </summary>
    /// <param name="signal">The value, 0 to 2^62-1, above the frame types of RFC 9114.</param>
    /// <param name="handler">Takes each such stream that the peer opens.</param>
    public void AddBidirectionalStreamSignal(ulong signal, Http3StreamHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        CheckVarInt(signal, nameof(signal));
        if (signal <= FrameType.MaxPushId)
            throw new ArgumentException($"0x{signal:x} is a frame type of HTTP/3.", nameof(signal));
        Add(_bidirectional, signal, handler, "Signal");
    }

    /// <summary>Registers a capsule type (RFC 9297 §3.2) that a <see cref="CapsuleReader"/> is to hand out; others it skips.
    /// DATAGRAM (0x00) need not be registered: it reaches <see cref="Http3RequestStream.ReceiveDatagrams"/>.</summary>
    /// <param name="type">The type, 0 to 2^62-1.</param>
    /// <param name="maxLength">The longest value accepted, in bytes. A longer one is an error as soon as its length is read.</param>
    public void AddCapsuleType(ulong type, int maxLength)
    {
        CheckVarInt(type, nameof(type));
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        Add(_capsules, type, maxLength, "Capsule type");
    }

    internal FrozenTable Freeze()
    {
        lock (_settings)
        {
            return _frozen ??= new FrozenTable(
                _settings.ToFrozenDictionary(), _unidirectional.ToFrozenDictionary(), _bidirectional.ToFrozenDictionary(),
                _capsules.ToFrozenDictionary());
        }
    }

    private void Add<T>(Dictionary<ulong, T> table, ulong key, T value, string what)
    {
        lock (_settings)
        {
            if (_frozen is not null)
                throw new InvalidOperationException("The table is in use by a connection; register before the first one.");
            if (!table.TryAdd(key, value))
                throw new ArgumentException($"{what} 0x{key:x} is registered already.", nameof(key));
        }
    }

    private static void CheckVarInt(ulong value, string name)
    {
        if (value > VarInt.MaxValue)
            throw new ArgumentOutOfRangeException(name, value, "The value must be from 0 to 2^62-1 (RFC 9000 §16).");
    }

    /// <summary>What the connections read, without locks.</summary>
    internal sealed record FrozenTable(
        FrozenDictionary<ulong, ulong> Settings,
        FrozenDictionary<ulong, Http3StreamHandler> Unidirectional,
        FrozenDictionary<ulong, Http3StreamHandler> Bidirectional,
        FrozenDictionary<ulong, int> Capsules);
}
