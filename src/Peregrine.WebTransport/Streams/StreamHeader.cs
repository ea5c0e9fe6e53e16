using Peregrine.Wire;

namespace Peregrine.WebTransport;

/// <summary>
/// What stands before the body of a stream and ties it to its session (draft-ietf-webtrans-http3 §4.2, §4.3).
/// <code>
/// Unidirectional Stream { Stream Type (i) = 0x54, Session ID (i), User-Specified Stream Data (..) }
/// Bidirectional Stream { Signal Value (i) = 0x41, Session ID (i), Stream Body (..) }
/// </code>
/// </summary>
internal static class StreamHeader
{
    public const ulong UnidirectionalType = 0x54;

    public const ulong BidirectionalSignal = 0x41;

    public static byte[] Create(ulong typeOrSignal, long sessionId)
    {
        Span<byte> header = stackalloc byte[2 * VarInt.MaxLength];
        var writer = new SpanWriter(header);
        writer.WriteVarInt(typeOrSignal);
        writer.WriteVarInt((ulong)sessionId);
        return writer.Written.ToArray();
    }
}
