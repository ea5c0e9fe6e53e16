using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The receiver wants no more of a stream (RFC 9000 §19.5).</summary>
internal readonly record struct StopSendingFrame(ulong StreamId, ulong ErrorCode)
{
    //   STOP_SENDING Frame {
    //     Type (i) = 0x05,
    //     Stream ID (i),
    //     Application Protocol Error Code (i),
    //   }

    public int Length => 1 + VarInt.Length(StreamId) + VarInt.Length(ErrorCode);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out StopSendingFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var streamId) &&
            reader.TryReadVarInt(out var errorCode)))
            return false;

        frame = new StopSendingFrame(streamId, errorCode);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.StopSending);
        writer.WriteVarInt(StreamId);
        writer.WriteVarInt(ErrorCode);
    }
}
