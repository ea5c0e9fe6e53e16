using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The sender waits for connection credit (RFC 9000 §19.12).</summary>
internal readonly record struct DataBlockedFrame(ulong MaximumData)
{
    //   DATA_BLOCKED Frame {
    //     Type (i) = 0x14,
    //     Maximum Data (i),
    //   }

    public int Length => 1 + VarInt.Length(MaximumData);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out DataBlockedFrame frame)
    {
        frame = default;
        if (!reader.TryReadVarInt(out var maximumData))
            return false;

        frame = new DataBlockedFrame(maximumData);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.DataBlocked);
        writer.WriteVarInt(MaximumData);
    }
}
