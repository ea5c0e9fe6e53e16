namespace Peregrine.WebTransport;

/// <summary>A session's ID is the stream ID of its CONNECT stream (draft-ietf-webtrans-http3 §4).</summary>
internal static class SessionId
{
    /// <summary>Only client-initiated bidirectional streams carry CONNECT; their two low bits are zero (RFC 9000 §2.1).</summary>
    public static bool IsValid(ulong id) => id % 4 == 0;

    /// <summary>The number HTTP datagrams carry instead (RFC 9297 §2.1).</summary>
    public static ulong Quarter(long id) => (ulong)id / 4;
}
