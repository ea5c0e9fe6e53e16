using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Peregrine.Samples;

/// <summary>Lines of UTF-8 on a stream, each of a bounded length: whoever sends more without an end of line is not waited for.</summary>
internal static class Lines
{
    public const int LongestLine = 8 * 1024;

    /// <summary>The lines up to the end of the stream.</summary>
    /// <exception cref="InvalidDataException">A line has more than <see cref="LongestLine"/> bytes.</exception>
    public static async IAsyncEnumerable<string> ReadAllAsync(PipeReader input, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(input, cancellationToken) is { } line)
            yield return line;
    }

    /// <summary>The next line; null at the end of the stream. What comes after it stays in the pipe.</summary>
    /// <inheritdoc cref="ReadAllAsync"/>
    public static async ValueTask<string?> ReadAsync(PipeReader input, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(buffer.Slice(0, end));
                input.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            var tooLong = buffer.Length > LongestLine;
            input.AdvanceTo(buffer.Start, buffer.End);
            if (tooLong)
                throw new InvalidDataException($"A line has more than {LongestLine} bytes.");
            if (result.IsCompleted)
                return null;
        }
    }
}
