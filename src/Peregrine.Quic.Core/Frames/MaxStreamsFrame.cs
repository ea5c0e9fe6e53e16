using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>How many streams of one kind the peer may ever open (RFC 9000 §19.11).</summary>
internal readonly record struct MaxStreamsFrame(bool IsBidirectional, ulong MaximumStreams)
{
    //   MAX_STREAMS Frame {
    //     Type (i) = 0x12..0x13,
    //     Maximum Streams (i),
    //   }

    public int Length => 1 + VarInt.Length(MaximumStreams);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, ulong type, out MaxStreamsFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var maximumStreams) && maximumStreams <= StreamCount.Max))
            return false;

        frame = new MaxStreamsFrame(type == FrameType.MaxStreamsBidirectional, maximumStreams);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)(IsBidirectional ? FrameType.MaxStreamsBidirectional : FrameType.MaxStreamsUnidirectional));
        writer.WriteVarInt(MaximumStreams);
    }
}
