using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Another connection ID by which the peer can be reached (RFC 9000 §19.15).</summary>
internal readonly record struct NewConnectionIdFrame(
    ulong SequenceNumber, ulong RetirePriorTo, ConnectionId ConnectionId, StatelessResetToken StatelessResetToken)
{
    //   NEW_CONNECTION_ID Frame {
    //     Type (i) = 0x18,
    //     Sequence Number (i),
    //     Retire Prior To (i),      at most Sequence Number
    //     Length (8),               1 to 20
    //     Connection ID (8..160),
    //     Stateless Reset Token (128),
    //   }

    public int Length => 2 + VarInt.Length(SequenceNumber) + VarInt.Length(RetirePriorTo) + ConnectionId.Length + StatelessResetToken.Size;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out NewConnectionIdFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var sequenceNumber) &&
            reader.TryReadVarInt(out var retirePriorTo) &&
            retirePriorTo <= sequenceNumber &&
            reader.TryReadByte(out var idLength) &&
            idLength is >= 1 and <= ConnectionId.MaxLength &&
            reader.TryReadBytes(idLength, out var id) &&
            reader.TryReadBytes(StatelessResetToken.Size, out var token)))
            return false;

        frame = new NewConnectionIdFrame(sequenceNumber, retirePriorTo, ConnectionId.FromSpan(id), StatelessResetToken.FromSpan(token));
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.NewConnectionId);
        writer.WriteVarInt(SequenceNumber);
        writer.WriteVarInt(RetirePriorTo);
        writer.WriteByte((byte)ConnectionId.Length);
        writer.WriteBytes(ConnectionId.Span);
        StatelessResetToken.CopyTo(writer.Free);
        writer.Advance(StatelessResetToken.Size);
    }
}
