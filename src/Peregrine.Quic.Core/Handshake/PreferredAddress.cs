using System.Diagnostics;
using System.Net;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Where a server would rather be reached (RFC 9000 §9.6, §18.2), and the connection ID, of sequence number 1, to use there.
/// </summary>
/// <param name="IPv4">Null when the server offers none.</param>
/// <param name="IPv6">Null when the server offers none.</param>
/// <param name="ConnectionId">Never empty.</param>
/// <param name="StatelessResetToken">Belongs to the connection ID.</param>
internal sealed record PreferredAddress(IPEndPoint? IPv4, IPEndPoint? IPv6, ConnectionId ConnectionId, StatelessResetToken StatelessResetToken)
{
    //   Preferred Address {
    //     IPv4 Address (32),
    //     IPv4 Port (16),
    //     IPv6 Address (128),
    //     IPv6 Port (16),
    //     Connection ID Length (8),
    //     Connection ID (..),
    //     Stateless Reset Token (128),
    //   }

    private const int IPv4Size = 4;
    private const int IPv6Size = 16;

    public int Length => IPv4Size + 2 + IPv6Size + 2 + 1 + ConnectionId.Length + Core.StatelessResetToken.Size;

    /// <summary>Null unless the value is well-formed to its last byte.</summary>
    public static PreferredAddress? Read(ReadOnlySpan<byte> value)
    {
        var reader = new SpanReader(value);
        if (!(reader.TryReadBytes(IPv4Size, out var ipv4) &&
            reader.TryReadUInt16(out var port4) &&
            reader.TryReadBytes(IPv6Size, out var ipv6) &&
            reader.TryReadUInt16(out var port6) &&
            reader.TryReadByte(out var idLength) &&
            idLength is >= 1 and <= ConnectionId.MaxLength &&
            reader.TryReadBytes(idLength, out var id) &&
            reader.TryReadBytes(Core.StatelessResetToken.Size, out var token) &&
            reader.IsAtEnd))
            return null;

        return new PreferredAddress(
            ToEndPoint(ipv4, port4), ToEndPoint(ipv6, port6), ConnectionId.FromSpan(id), Core.StatelessResetToken.FromSpan(token));
    }

    public void Write(ref SpanWriter writer)
    {
        WriteEndPoint(ref writer, IPv4, IPv4Size);
        WriteEndPoint(ref writer, IPv6, IPv6Size);
        writer.WriteByte((byte)ConnectionId.Length);
        writer.WriteBytes(ConnectionId.Span);
        writer.WriteBytes(StatelessResetToken.Span);
    }

    private static IPEndPoint? ToEndPoint(ReadOnlySpan<byte> address, ushort port) =>
        port == 0 && !address.ContainsAnyExcept((byte)0) ? null : new IPEndPoint(new IPAddress(address), port);

    private static void WriteEndPoint(ref SpanWriter writer, IPEndPoint? endPoint, int addressSize)
    {
        if (endPoint is null)
        {
            writer.WriteZeros(addressSize + 2);
            return;
        }

        endPoint.Address.TryWriteBytes(writer.Free, out var written);
        Debug.Assert(written == addressSize);
        writer.Advance(written);
        writer.WriteUInt16((ushort)endPoint.Port);
    }
}
