namespace Peregrine.Quic;

/// <summary>Which way the bytes of a stream flow (RFC 9000 §2.1).</summary>
public enum QuicStreamType
{
    /// <summary>From the side that opened the stream to the other only.</summary>
    Unidirectional,

    /// <summary>Both ways.</summary>
    Bidirectional,
}
