using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>The payload of a QUIC datagram on an HTTP/3 connection (RFC 9297 §2.1).</summary>
/// <remarks>
/// <code>
/// HTTP/3 Datagram {
///   Quarter Stream ID (i),
///   HTTP Datagram Payload (..),
/// }
/// </code>
/// </remarks>
internal static class HttpDatagram
{
    public const ulong MaxQuarterStreamId = (1UL << 60) - 1;

    /// <summary>Reads a datagram; false where RFC 9297 §2.1 wants the connection closed with H3_DATAGRAM_ERROR.</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out long streamId, out ReadOnlySpan<byte> payload)
    {
        if (!VarInt.TryRead(datagram, out var quarterStreamId, out var length) || quarterStreamId > MaxQuarterStreamId)
        {
            streamId = 0;
            payload = default;
            return false;
        }

        streamId = (long)quarterStreamId * 4;
        payload = datagram[length..];
        return true;
    }
}
