using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>RESET_STREAM that still delivers the first bytes (draft-ietf-quic-reliable-stream-reset §3).</summary>
internal readonly record struct ResetStreamAtFrame(ulong StreamId, ulong ErrorCode, ulong FinalSize, ulong ReliableSize)
{
    //   RESET_STREAM_AT Frame {
    //     Type (i) = 0x24,
    //     Stream ID (i),
    //     Application Protocol Error Code (i),
    //     Final Size (i),
    //     Reliable Size (i),
    //   }
    //
    //   Reliable Size is at most Final Size.

    public int Length => 1 + VarInt.Length(StreamId) + VarInt.Length(ErrorCode) + VarInt.Length(FinalSize) + VarInt.Length(ReliableSize);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out ResetStreamAtFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var streamId) &&
            reader.TryReadVarInt(out var errorCode) &&
            reader.TryReadVarInt(out var finalSize) &&
            reader.TryReadVarInt(out var reliableSize) &&
            reliableSize <= finalSize))
            return false;

        frame = new ResetStreamAtFrame(streamId, errorCode, finalSize, reliableSize);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.ResetStreamAt);
        writer.WriteVarInt(StreamId);
        writer.WriteVarInt(ErrorCode);
        writer.WriteVarInt(FinalSize);
        writer.WriteVarInt(ReliableSize);
    }
}
