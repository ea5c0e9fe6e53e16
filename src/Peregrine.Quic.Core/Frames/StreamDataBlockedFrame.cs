using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The sender waits for stream credit (RFC 9000 §19.13).</summary>
internal readonly record struct StreamDataBlockedFrame(ulong StreamId, ulong MaximumStreamData)
{
    //   STREAM_DATA_BLOCKED Frame {
    //     Type (i) = 0x15,
    //     Stream ID (i),
    //     Maximum Stream Data (i),
    //   }

    public int Length => 1 + VarInt.Length(StreamId) + VarInt.Length(MaximumStreamData);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out StreamDataBlockedFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var streamId) &&
            reader.TryReadVarInt(out var maximumStreamData)))
            return false;

        frame = new StreamDataBlockedFrame(streamId, maximumStreamData);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.StreamDataBlocked);
        writer.WriteVarInt(StreamId);
        writer.WriteVarInt(MaximumStreamData);
    }
}
