using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>A single zero byte without meaning (RFC 9000 §19.1). A run of them is read in one step.</summary>
internal static class PaddingFrame
{
    //   PADDING Frame {
    //     Type (i) = 0x00,
    //   }

    /// <summary>Passes over the zero bytes that follow and returns how many there were.</summary>
    public static int SkipRun(ref SpanReader reader)
    {
        var rest = reader.Rest;
        var other = rest.IndexOfAnyExcept((byte)FrameType.Padding);
        var count = other < 0 ? rest.Length : other;
        reader.TrySkip(count);
        return count;
    }

    public static void Write(ref SpanWriter writer, int count) => writer.WriteZeros(count);
}
