namespace Peregrine.Quic.Core;

/// <summary>Counts of streams in MAX_STREAMS, STREAMS_BLOCKED and the transport parameters.</summary>
internal static class StreamCount
{
    /// <summary>2^60: a stream ID beyond it would not fit a varint (RFC 9000 §4.6).</summary>
    public const ulong Max = 1UL << 60;
}
