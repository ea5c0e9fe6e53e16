namespace Peregrine.Quic;

/// <summary>How many more streams the peer lets this side open (MAX_STREAMS, RFC 9000 §4.6).</summary>
public readonly record struct QuicStreamCapacityChangedArgs
{
    /// <summary>More bidirectional streams than before.</summary>
    public int BidirectionalIncrement { get; init; }

    /// <summary>More unidirectional streams than before.</summary>
    public int UnidirectionalIncrement { get; init; }
}
