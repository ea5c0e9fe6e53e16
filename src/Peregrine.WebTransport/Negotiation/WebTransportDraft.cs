namespace Peregrine.WebTransport;

/// <summary>Versions of draft-ietf-webtrans-http3 whose wire format is spoken here, the later the greater.</summary>
internal enum WebTransportDraft
{
    /// <summary>What Chromium and Firefox speak.</summary>
    Draft02 = 2,

    /// <summary>Drafts 07 to 12, which share one setting.</summary>
    Draft07 = 7,
}
