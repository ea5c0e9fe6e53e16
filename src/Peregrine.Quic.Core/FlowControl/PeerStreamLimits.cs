namespace Peregrine.Quic.Core;

/// <summary>
/// The credit that a new stream starts with, from the peer's transport parameters. The peer names them from its own side.
/// </summary>
internal readonly record struct PeerStreamLimits(ulong BidirectionalLocal, ulong BidirectionalRemote, ulong Unidirectional)
{
    // RFC 9000 §18.2: initial_max_stream_data_bidi_local is for streams that the sender of the parameter opens.
    public ulong ForStream(bool isOurs, StreamDirection direction) =>
        direction == StreamDirection.Unidirectional ? Unidirectional : isOurs ? BidirectionalRemote : BidirectionalLocal;
}
