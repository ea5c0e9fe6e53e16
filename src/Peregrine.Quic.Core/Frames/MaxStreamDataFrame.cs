using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Stream flow control credit (RFC 9000 §19.10).</summary>
internal readonly record struct MaxStreamDataFrame(ulong StreamId, ulong MaximumStreamData)
{
    //   MAX_STREAM_DATA Frame {
    //     Type (i) = 0x11,
    //     Stream ID (i),
    //     Maximum Stream Data (i),
    //   }

    public int Length => 1 + VarInt.Length(StreamId) + VarInt.Length(MaximumStreamData);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out MaxStreamDataFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var streamId) &&
            reader.TryReadVarInt(out var maximumStreamData)))
            return false;

        frame = new MaxStreamDataFrame(streamId, maximumStreamData);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.MaxStreamData);
        writer.WriteVarInt(StreamId);
        writer.WriteVarInt(MaximumStreamData);
    }
}
