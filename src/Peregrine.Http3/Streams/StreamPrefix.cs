using System.Buffers;
using System.IO.Pipelines;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>The varint that stands first on a stream: a stream type, a signal, or a request's first frame type.</summary>
internal static class StreamPrefix
{
    /// <summary>
    /// Takes it if it is there, without waiting; false when more has to come. The value is null when the stream ended before it was whole.
    /// </summary>
    /// <param name="input">The stream, from its beginning.</param>
    /// <param name="consumes">Whether a value is consumed, or left for whoever reads the stream next.</param>
    /// <param name="value">The varint.</param>
    public static bool TryTake(PipeReader input, Func<ulong, bool> consumes, out ulong? value)
    {
        value = null;
        return input.TryRead(out var result) && TryTake(input, result, consumes, out value);
    }

    /// <summary>Reads it, and consumes it if asked; null when the stream ends before it is whole.</summary>
    public static async ValueTask<ulong?> ReadAsync(PipeReader input, Func<ulong, bool> consumes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryTake(input, result, consumes, out var value))
                return value;
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

    private static bool TryTake(PipeReader input, in ReadResult result, Func<ulong, bool> consumes, out ulong? value)
    {
        if (TryRead(result.Buffer, out var first, out var length))
        {
            input.AdvanceTo(result.Buffer.GetPosition(consumes(first) ? length : 0));
            value = first;
            return true;
        }

        input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        value = null;
        return result.IsCompleted;
    }
}
