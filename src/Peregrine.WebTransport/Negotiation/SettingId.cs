namespace Peregrine.WebTransport;

/// <summary>Identifiers of the SETTINGS that WebTransport needs.</summary>
internal static class SettingId
{
    /// <summary>SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 9220 §3).</summary>
    public const ulong EnableConnectProtocol = 0x08;

    /// <summary>SETTINGS_H3_DATAGRAM (RFC 9297 §2.1.1).</summary>
    public const ulong H3Datagram = 0x33;

    /// <summary>SETTINGS_H3_DATAGRAM as draft-ietf-masque-h3-datagram-04 numbered it; both browsers still send it.</summary>
    public const ulong H3DatagramDraft04 = 0xffd277;

    /// <summary>SETTINGS_ENABLE_WEBTRANSPORT (draft 02).</summary>
    public const ulong EnableWebTransport = 0x2b603742;

    /// <summary>SETTINGS_WEBTRANSPORT_MAX_SESSIONS (drafts 07 to 12).</summary>
    public const ulong WebTransportMaxSessions = 0xc671706a;
}
