using System.Buffers;
using System.IO.Pipelines;
using Peregrine.Quic;
using Peregrine.Wire;

namespace Peregrine.WebTransport;

/// <summary>Reads the session ID that stands before a stream's body, and not a byte more (draft-ietf-webtrans-http3 §4.2, §4.3).</summary>
internal static class SessionIdReader
{
    /// <summary>
    /// Takes the ID if it is there, without waiting; false when more has to come. It may be invalid, and is null when the stream ended
    /// before
    /// it did.
    /// </summary>
    public static bool TryRead(QuicStream stream, out ulong? id)
    {
        id = null;
        return stream.Input.TryRead(out var read) && TryTake(stream, read, out id);
    }

    /// <summary>The ID, which may be invalid; null when the stream ends before it does.</summary>
    public static async ValueTask<ulong?> ReadAsync(QuicStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await stream.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryTake(stream, read, out var id))
                return id;
        }
    }

    private static bool TryTake(QuicStream stream, in ReadResult read, out ulong? id)
    {
        if (TryParse(read.Buffer, out var value, out var length))
        {
            stream.Input.AdvanceTo(read.Buffer.GetPosition(length));
            id = value;
            return true;
        }

        stream.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        id = null;
        return read.IsCompleted;
    }

    private static bool TryParse(ReadOnlySequence<byte> bytes, out ulong id, out int length)
    {
        Span<byte> integer = stackalloc byte[VarInt.MaxLength];
        var count = (int)Math.Min(bytes.Length, VarInt.MaxLength);
        bytes.Slice(0, count).CopyTo(integer);
        return VarInt.TryRead(integer[..count], out id, out length);
    }
}
