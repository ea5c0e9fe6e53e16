using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The sender gives up its half of a stream (RFC 9000 §19.4).</summary>
internal readonly record struct ResetStreamFrame(ulong StreamId, ulong ErrorCode, ulong FinalSize)
{
    //   RESET_STREAM Frame {
    //     Type (i) = 0x04,
    //     Stream ID (i),
    //     Application Protocol Error Code (i),
    //     Final Size (i),
    //   }

    public int Length => 1 + VarInt.Length(StreamId) + VarInt.Length(ErrorCode) + VarInt.Length(FinalSize);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out ResetStreamFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var streamId) &&
            reader.TryReadVarInt(out var errorCode) &&
            reader.TryReadVarInt(out var finalSize)))
            return false;

        frame = new ResetStreamFrame(streamId, errorCode, finalSize);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.ResetStream);
        writer.WriteVarInt(StreamId);
        writer.WriteVarInt(ErrorCode);
        writer.WriteVarInt(FinalSize);
    }
}
