using System.Buffers;
using System.IO.Pipelines;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>The varint that stands first on a stream: a stream type, a signal, or a request's first frame type.</summary>
internal static class StreamPrefix
{
    /// <summary>Reads it, and consumes it if asked; null when the stream ends before it is whole.</summary>
    public static async ValueTask<ulong?> ReadAsync(PipeReader input, Func<ulong, bool> consumes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryRead(result.Buffer, out var value, out var length))
            {
                input.AdvanceTo(result.Buffer.GetPosition(consumes(value) ? length : 0));
                return value;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
                return null;
        }
    }

    public static bool TryRead(in ReadOnlySequence<byte> source, out ulong value, out int length)
    {
        if (VarInt.TryRead(source.FirstSpan, out value, out length))
            return true;
        Span<byte> copy = stackalloc byte[VarInt.MaxLength];
        var available = source.Slice(0, Math.Min(source.Length, VarInt.MaxLength));
        available.CopyTo(copy);
        return VarInt.TryRead(copy[..(int)available.Length], out value, out length);
    }
}
