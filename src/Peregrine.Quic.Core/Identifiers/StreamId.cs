namespace Peregrine.Quic.Core;

/// <summary>
/// Arithmetic of stream IDs: the low bit is the initiator, the next the direction, the rest a running index (RFC 9000 §2.1).
/// </summary>
internal static class StreamId
{
    private const ulong ServerBit = 1;
    private const ulong UnidirectionalBit = 2;

    public static bool IsServerInitiated(ulong id) => (id & ServerBit) != 0;

    public static StreamDirection DirectionOf(ulong id) =>
        (id & UnidirectionalBit) == 0 ? StreamDirection.Bidirectional : StreamDirection.Unidirectional;

    /// <summary>How many streams of the same type come before this one.</summary>
    public static ulong IndexOf(ulong id) => id >> 2;

    public static ulong FromIndex(ulong index, bool isServerInitiated, StreamDirection direction) =>
        (index << 2) | (direction == StreamDirection.Unidirectional ? UnidirectionalBit : 0) | (isServerInitiated ? ServerBit : 0);
}
