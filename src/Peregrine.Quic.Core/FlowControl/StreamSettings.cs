using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Our limits for streams and for the memory they take. Sizes are bytes. <see cref="Validate"/> before use.</summary>
internal sealed record StreamSettings
{
    public static StreamSettings Default { get; } = new();

    /// <summary>What the peer may send on a new stream before we give more credit.</summary>
    public ulong InitialStreamWindow { get; init; } = 256 * 1024;

    /// <summary>The same for bidirectional streams that we open, where it differs.</summary>
    public ulong? LocalBidirectionalWindow { get; init; }

    /// <summary>The same for bidirectional streams that the peer opens, where it differs.</summary>
    public ulong? RemoteBidirectionalWindow { get; init; }

    /// <summary>The same for the peer's unidirectional streams, where it differs.</summary>
    public ulong? UnidirectionalWindow { get; init; }

    /// <summary>How far a stream's window may grow when its reader keeps up.</summary>
    public ulong MaxStreamWindow { get; init; } = 6 * 1024 * 1024;

    /// <summary>What the peer may send on all streams together before we give more credit, besides <see cref="MaxUnreadCredit"/>.</summary>
    public ulong InitialConnectionWindow { get; init; } = 384 * 1024;

    public ulong MaxConnectionWindow { get; init; } = 15 * 1024 * 1024;

    /// <summary>
    /// What streams may hold that nobody has begun to read, each no more than its first window, without using up the connection's window:
    /// so that what is not accepted cannot starve what is, as long as the sum stays below this.
    /// </summary>
    public ulong MaxUnreadCredit { get; init; } = 32 * 1024 * 1024;

    /// <summary>How many bidirectional streams of the peer may be open at once.</summary>
    public ulong MaxInboundBidirectionalStreams { get; init; } = 100;

    public ulong MaxInboundUnidirectionalStreams { get; init; } = 100;

    /// <summary>Ranges of one stream that wait for an earlier byte. More close the connection.</summary>
    public int MaxStreamGaps { get; init; } = 1_000;

    /// <summary>The same, summed over all streams.</summary>
    public int MaxConnectionGaps { get; init; } = 4_000;

    /// <summary>What one stream may always buffer for sending; with a larger congestion window it is twice that.</summary>
    public int InitialStreamSendBuffer { get; init; } = 64 * 1024;

    public int MaxStreamSendBuffer { get; init; } = 8 * 1024 * 1024;

    /// <summary>The same for all streams together.</summary>
    public int InitialConnectionSendBuffer { get; init; } = 1024 * 1024;

    public int MaxConnectionSendBuffer { get; init; } = 16 * 1024 * 1024;

    /// <summary>What a stream may always buffer, however much the others hold, so that no stream starves behind stalled ones.</summary>
    public int ReservedStreamSendBuffer { get; init; } = 4 * 1024;

    /// <summary>Whether we announced reset_stream_at: RESET_STREAM_AT is accepted.</summary>
    public bool AcceptResetStreamAt { get; init; } = true;

    /// <summary>
    /// Of a stream that the peer opened, the first bytes that stay readable when they arrived and a reset comes before anybody read them:
    /// two
    /// varints, which say what the stream is and whose.
    /// </summary>
    public ulong MaxKeptAfterReset { get; init; } = 2 * VarInt.MaxLength;

    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate()
    {
        AtMost(InitialStreamWindow, MaxStreamWindow, nameof(InitialStreamWindow), nameof(MaxStreamWindow));
        AtMost(LocalBidirectionalWindow ?? 0, MaxStreamWindow, nameof(LocalBidirectionalWindow), nameof(MaxStreamWindow));
        AtMost(RemoteBidirectionalWindow ?? 0, MaxStreamWindow, nameof(RemoteBidirectionalWindow), nameof(MaxStreamWindow));
        AtMost(UnidirectionalWindow ?? 0, MaxStreamWindow, nameof(UnidirectionalWindow), nameof(MaxStreamWindow));
        AtMost(MaxStreamWindow, VarInt.MaxValue, nameof(MaxStreamWindow), "2^62-1");
        AtMost(InitialConnectionWindow, MaxConnectionWindow, nameof(InitialConnectionWindow), nameof(MaxConnectionWindow));
        AtMost(MaxConnectionWindow, VarInt.MaxValue, nameof(MaxConnectionWindow), "2^62-1");
        AtMost(MaxInboundBidirectionalStreams, StreamCount.Max, nameof(MaxInboundBidirectionalStreams), "2^60");
        AtMost(MaxInboundUnidirectionalStreams, StreamCount.Max, nameof(MaxInboundUnidirectionalStreams), "2^60");
        Positive(MaxStreamGaps, nameof(MaxStreamGaps));
        Positive(MaxConnectionGaps, nameof(MaxConnectionGaps));
        Positive(InitialStreamSendBuffer, nameof(InitialStreamSendBuffer));
        Positive(InitialConnectionSendBuffer, nameof(InitialConnectionSendBuffer));
        Positive(ReservedStreamSendBuffer, nameof(ReservedStreamSendBuffer));
        AtMost((ulong)InitialStreamSendBuffer, (ulong)Math.Max(0, MaxStreamSendBuffer), nameof(InitialStreamSendBuffer), nameof(MaxStreamSendBuffer));
        AtMost(
            (ulong)InitialConnectionSendBuffer,
            (ulong)Math.Max(0, MaxConnectionSendBuffer),
            nameof(InitialConnectionSendBuffer),
            nameof(MaxConnectionSendBuffer));
    }

    private static void AtMost(ulong value, ulong limit, string name, string limitName)
    {
        if (value > limit)
            throw new ArgumentException($"{name} is {value} but may be at most {limitName} ({limit}): lower it, or raise the limit.", name);
    }

    private static void Positive(int value, string name)
    {
        if (value <= 0)
            throw new ArgumentException($"{name} is {value} but must be at least 1.", name);
    }
}
