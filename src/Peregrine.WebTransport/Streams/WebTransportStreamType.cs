namespace Peregrine.WebTransport;

/// <summary>Which way the bytes of a stream flow (draft-ietf-webtrans-http3 §4.2, §4.3).</summary>
public enum WebTransportStreamType
{
    /// <summary>From the side that opened the stream to the other only.</summary>
    Unidirectional,

    /// <summary>Both ways.</summary>
    Bidirectional,
}
