using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The peer will not use a connection ID of ours again (RFC 9000 §19.16).</summary>
internal readonly record struct RetireConnectionIdFrame(ulong SequenceNumber)
{
    //   RETIRE_CONNECTION_ID Frame {
    //     Type (i) = 0x19,
    //     Sequence Number (i),
    //   }

    public int Length => 1 + VarInt.Length(SequenceNumber);

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out RetireConnectionIdFrame frame)
    {
        frame = default;
        if (!reader.TryReadVarInt(out var sequenceNumber))
            return false;

        frame = new RetireConnectionIdFrame(sequenceNumber);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.RetireConnectionId);
        writer.WriteVarInt(SequenceNumber);
    }
}
