using System.Collections.Frozen;

namespace Peregrine.Http3;

/// <summary>The settings a peer announced (RFC 9114 §7.2.4). Immutable. A setting that was not announced has its initial value.</summary>
public sealed class Http3Settings
{
    private readonly FrozenDictionary<ulong, ulong> _values;

    internal Http3Settings(IReadOnlyDictionary<ulong, ulong> values)
    {
        _values = values.ToFrozenDictionary();
    }

    /// <summary>Every setting that was announced, those unknown to this library included.</summary>
    public IReadOnlyDictionary<ulong, ulong> Values => _values;

    /// <summary>
    /// The largest field section the peer wants to receive, in bytes as RFC 9114 §4.2.2 counts them; null when it set no limit.
    /// </summary>
    public long? MaxFieldSectionSize => TryGetValue(SettingId.MaxFieldSectionSize, out var size) ? (long)size : null;

    /// <summary>Whether the peer, a server, takes extended CONNECT requests (RFC 9220 §3).</summary>
    public bool EnableConnectProtocol => this[SettingId.EnableConnectProtocol] == 1;

    /// <summary>Whether the peer takes HTTP datagrams in QUIC datagrams (RFC 9297 §2.1.1), by the RFC's setting or draft 04's.</summary>
    public bool H3Datagram => this[SettingId.H3Datagram] == 1 || this[SettingId.H3DatagramDraft04] == 1;

    /// <summary>The value of a setting, or 0 when it was not announced.</summary>
    public ulong this[ulong id] => _values.GetValueOrDefault(id);

    /// <summary>The value of a setting, if it was announced.</summary>
    public bool TryGetValue(ulong id, out ulong value) => _values.TryGetValue(id, out value);
}
