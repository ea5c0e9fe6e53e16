using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Connection flow control credit (RFC 9000 §19.9).</summary>
internal readonly record struct MaxDataFrame(ulong MaximumData)
{
    //   MAX_DATA Frame {
    //     Type (i) = 0x10,
    //     Maximum Data (i),
    //   }

    public int Length => 1 + VarInt.Length(MaximumData);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out MaxDataFrame frame)
    {
        frame = default;
        if (!reader.TryReadVarInt(out var maximumData))
            return false;

        frame = new MaxDataFrame(maximumData);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.MaxData);
        writer.WriteVarInt(MaximumData);
    }
}
