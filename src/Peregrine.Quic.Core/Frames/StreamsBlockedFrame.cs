using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The sender waits for leave to open a stream (RFC 9000 §19.14).</summary>
internal readonly record struct StreamsBlockedFrame(bool IsBidirectional, ulong MaximumStreams)
{
    //   STREAMS_BLOCKED Frame {
    //     Type (i) = 0x16..0x17,
    //     Maximum Streams (i),
    //   }

    public int Length => 1 + VarInt.Length(MaximumStreams);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, ulong type, out StreamsBlockedFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var maximumStreams) && maximumStreams <= StreamCount.Max))
            return false;

        frame = new StreamsBlockedFrame(type == FrameType.StreamsBlockedBidirectional, maximumStreams);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)(IsBidirectional ? FrameType.StreamsBlockedBidirectional : FrameType.StreamsBlockedUnidirectional));
        writer.WriteVarInt(MaximumStreams);
    }
}
