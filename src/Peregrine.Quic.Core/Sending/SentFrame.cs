namespace Peregrine.Quic.Core;

/// <summary>What a sent frame was, as far as its acknowledgement or loss matters to somebody.</summary>
internal enum SentFrameKind : byte
{
    None,

    /// <summary>PING, PADDING-only probes, PATH_CHALLENGE, PATH_RESPONSE: nothing to do in either case.</summary>
    Ping,

    /// <summary><see cref="SentFrame.Offset"/> is the largest packet number that was acknowledged.</summary>
    Ack,

    /// <summary><see cref="SentFrame.Offset"/>, <see cref="SentFrame.Length"/>: the bytes of the space's CRYPTO stream.</summary>
    Crypto,

    /// <summary>
    /// <see cref="SentFrame.Id"/>, <see cref="SentFrame.Offset"/>, <see cref="SentFrame.Length"/>, <see cref="SentFrame.Fin"/>.
    /// </summary>
    Stream,

    /// <summary><see cref="SentFrame.Id"/>. RESET_STREAM or RESET_STREAM_AT.</summary>
    ResetStream,

    /// <summary><see cref="SentFrame.Id"/>.</summary>
    StopSending,

    /// <summary><see cref="SentFrame.Offset"/> is the limit that was announced.</summary>
    MaxData,

    /// <summary><see cref="SentFrame.Id"/>, <see cref="SentFrame.Offset"/> is the limit that was announced.</summary>
    MaxStreamData,

    /// <summary><see cref="SentFrame.Offset"/> is the limit that was announced.</summary>
    MaxStreamsBidirectional,

    /// <summary><see cref="SentFrame.Offset"/> is the limit that was announced.</summary>
    MaxStreamsUnidirectional,

    /// <summary><see cref="SentFrame.Offset"/> is the limit that blocked.</summary>
    DataBlocked,

    /// <summary><see cref="SentFrame.Id"/>, <see cref="SentFrame.Offset"/> is the limit that blocked.</summary>
    StreamDataBlocked,

    /// <summary><see cref="SentFrame.Offset"/> is the limit that blocked.</summary>
    StreamsBlockedBidirectional,

    /// <summary><see cref="SentFrame.Offset"/> is the limit that blocked.</summary>
    StreamsBlockedUnidirectional,

    /// <summary><see cref="SentFrame.Id"/> is the sequence number.</summary>
    NewConnectionId,

    /// <summary><see cref="SentFrame.Id"/> is the sequence number.</summary>
    RetireConnectionId,

    HandshakeDone,

    NewToken,

    /// <summary>Never retransmitted (RFC 9221 §5.2); its fate only feeds counters.</summary>
    Datagram,
}

/// <summary>
/// The few words that are remembered of a frame until its packet is acknowledged or lost. Acknowledgement and loss are two flat switches
/// over
/// <see cref="Kind"/> in the connection engine: no callbacks, no allocation.
/// </summary>
internal readonly record struct SentFrame(SentFrameKind Kind, ulong Id = 0, ulong Offset = 0, int Length = 0, bool Fin = false);
