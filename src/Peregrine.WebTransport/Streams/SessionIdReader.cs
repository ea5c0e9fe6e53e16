using System.Buffers;
using Peregrine.Quic;
using Peregrine.Wire;

namespace Peregrine.WebTransport;

/// <summary>Reads the session ID that stands before a stream's body, and not a byte more (draft-ietf-webtrans-http3 §4.2, §4.3).</summary>
internal static class SessionIdReader
{
    /// <summary>The ID, which may be invalid; null when the stream ends before it does.</summary>
    public static async ValueTask<ulong?> ReadAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await stream.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryParse(read.Buffer, out var id, out var length))
            {
                stream.Input.AdvanceTo(read.Buffer.GetPosition(length));
                return id;
            }

            stream.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    private static bool TryParse(ReadOnlySequence<byte> bytes, out ulong id, out int length)
    {
        Span<byte> integer = stackalloc byte[VarInt.MaxLength];
        var count = (int)Math.Min(bytes.Length, VarInt.MaxLength);
        bytes.Slice(0, count).CopyTo(integer);
        return VarInt.TryRead(integer[..count], out id, out length);
    }
}
