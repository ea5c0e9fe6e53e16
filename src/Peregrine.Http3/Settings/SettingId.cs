namespace Peregrine.Http3;

/// <summary>The settings this layer knows (RFC 9114 §7.2.4.1, RFC 9204 §5, RFC 9220 §3, RFC 9297 §2.1.1).</summary>
internal static class SettingId
{
    public const ulong QpackMaxTableCapacity = 0x01;
    public const ulong MaxFieldSectionSize = 0x06;
    public const ulong QpackBlockedStreams = 0x07;
    public const ulong EnableConnectProtocol = 0x08;
    public const ulong H3Datagram = 0x33;

    /// <summary>H3_DATAGRAM as draft-ietf-masque-h3-datagram-04 numbered it; browsers still send it beside the RFC's.</summary>
    public const ulong H3DatagramDraft04 = 0xffd277;

    /// <summary>Settings of HTTP/2 with no counterpart here, whose receipt is an error (RFC 9114 §7.2.4.1).</summary>
    public static bool IsHttp2Only(ulong id) => id is 0x00 or (>= 0x02 and <= 0x05);

    /// <summary>Settings that may only be 0 or 1.</summary>
    public static bool IsBoolean(ulong id) => id is EnableConnectProtocol or H3Datagram or H3DatagramDraft04;

    /// <summary>One of the identifiers that mean nothing, for peers to show that they ignore it (RFC 9114 §7.2.4.1).</summary>
    public static ulong Grease(uint n) => (0x1fUL * n) + 0x21;
}
