namespace Peregrine.WebTransport;

/// <summary>
/// Which draft a connection speaks: every supported one is announced by its own setting, and the highest that both ends announced wins
/// (draft-ietf-webtrans-http3 §7.1). One row per draft; a later draft is one more row.
/// </summary>
internal static class DraftNegotiation
{
    /// <summary>The upgrade token of all drafts before 15.</summary>
    public const string Protocol = "webtransport";

    /// <summary>Request header by which a client says it speaks draft 02.</summary>
    public const string Draft02RequestHeader = "sec-webtransport-http3-draft02";

    /// <summary>Response header by which a server agrees to draft 02; no browser of today asks for it.</summary>
    public const string Draft02ResponseHeader = "sec-webtransport-http3-draft";

    public const string Draft02ResponseValue = "draft02";

    private static readonly DraftRow[] Rows =
    [
        new(WebTransportDraft.Draft07, SettingId.WebTransportMaxSessions, NeedsDatagrams: true, NeedsExtendedConnect: true),

        // Chromium takes a draft 02 server that does not announce extended CONNECT, Firefox one without datagrams.
        new(WebTransportDraft.Draft02, SettingId.EnableWebTransport, NeedsDatagrams: false, NeedsExtendedConnect: false),
    ];

    private readonly record struct DraftRow(WebTransportDraft Draft, ulong Setting, bool NeedsDatagrams, bool NeedsExtendedConnect);

    /// <summary>
    /// What both roles announce beside the settings of HTTP/3's own (extended CONNECT and the RFC's datagrams). A client's number of
    /// sessions says
    /// only that it speaks the draft.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<ulong, ulong>> LocalSettings(int maxSessions) =>
    [
        new(SettingId.H3DatagramDraft04, 1),
        new(SettingId.EnableWebTransport, 1),
        new(SettingId.WebTransportMaxSessions, (ulong)maxSessions),
    ];

    /// <summary>The draft to speak with a peer that sent these settings; null when it speaks none of ours.</summary>
    /// <param name="peerSettings">The peer's value of a setting, zero for one it did not send.</param>
    /// <param name="peerIsServer">Only servers have to announce extended CONNECT.</param>
    public static WebTransportDraft? Choose(Func<ulong, ulong> peerSettings, bool peerIsServer)
    {
        var datagrams = peerSettings(SettingId.H3Datagram) == 1 || peerSettings(SettingId.H3DatagramDraft04) == 1;
        var extendedConnect = !peerIsServer || peerSettings(SettingId.EnableConnectProtocol) == 1;
        foreach (var row in Rows)
        {
            if (peerSettings(row.Setting) > 0 && (datagrams || !row.NeedsDatagrams) && (extendedConnect || !row.NeedsExtendedConnect))
                return row.Draft;
        }

        return null;
    }
}
