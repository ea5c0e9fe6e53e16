using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>A piece of a stream (RFC 9000 §19.8). The data is borrowed from the packet.</summary>
internal readonly ref struct StreamFrame(ulong streamId, ulong offset, ReadOnlySpan<byte> data, bool fin)
{
    //   STREAM Frame {
    //     Type (i) = 0x08..0x0f,    bits OFF 0x04, LEN 0x02, FIN 0x01
    //     Stream ID (i),
    //     [Offset (i)],
    //     [Length (i)],
    //     Stream Data (..),         to the end of the packet without LEN
    //   }

    public ulong StreamId { get; } = streamId;

    public ulong Offset { get; } = offset;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>The data ends the stream.</summary>
    public bool Fin { get; } = fin;

    /// <summary>One past the last byte's offset: at most 2^62 - 1.</summary>
    public ulong End => Offset + (ulong)Data.Length;

    /// <summary>The encoded length, with the length field.</summary>
    public int Length => HeaderLength(StreamId, Offset, Data.Length, withLength: true) + Data.Length;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, ulong type, out StreamFrame frame)
    {
        frame = default;
        ulong offset = 0;
        if (!reader.TryReadVarInt(out var streamId))
            return false;
        if ((type & FrameType.StreamOffBit) != 0 && !reader.TryReadVarInt(out offset))
            return false;

        ReadOnlySpan<byte> data;
        if ((type & FrameType.StreamLenBit) == 0)
            reader.TryReadBytes(reader.Remaining, out data);
        else if (!reader.TryReadVarIntPrefixed(out data))
            return false;

        // No byte of a stream stands beyond 2^62 - 1.
        if (offset + (ulong)data.Length > VarInt.MaxValue)
            return false;

        frame = new StreamFrame(streamId, offset, data, (type & FrameType.StreamFinBit) != 0);
        return true;
    }

    public static int HeaderLength(ulong streamId, ulong offset, int payloadLength, bool withLength) =>
        FixedLength(streamId, offset) + (withLength ? LengthPrefix.Of(payloadLength) : 0);

    /// <summary>The most data that fits into <paramref name="space"/> with its header; negative when the header does not fit.</summary>
    public static int DataRoom(int space, ulong streamId, ulong offset, bool withLength)
    {
        var rest = space - FixedLength(streamId, offset);
        return withLength ? LengthPrefix.Room(rest) : rest;
    }

    /// <summary>
    /// Writes all but the data, which the caller then copies into <see cref="SpanWriter.Free"/>. Without the length field the data must
    /// reach to the end of the packet.
    /// </summary>
    public static void WriteHeader(ref SpanWriter writer, ulong streamId, ulong offset, int payloadLength, bool fin, bool withLength)
    {
        var type = FrameType.Stream;
        if (offset != 0)
            type |= FrameType.StreamOffBit;
        if (withLength)
            type |= FrameType.StreamLenBit;
        if (fin)
            type |= FrameType.StreamFinBit;

        writer.WriteByte((byte)type);
        writer.WriteVarInt(streamId);
        if (offset != 0)
            writer.WriteVarInt(offset);
        if (withLength)
            writer.WriteVarInt((ulong)payloadLength);
    }

    /// <summary>Writes the frame with its length field.</summary>
    public static void Write(ref SpanWriter writer, ulong streamId, ulong offset, scoped ReadOnlySpan<byte> data, bool fin)
    {
        WriteHeader(ref writer, streamId, offset, data.Length, fin, withLength: true);
        writer.WriteBytes(data);
    }

    private static int FixedLength(ulong streamId, ulong offset) => 1 + VarInt.Length(streamId) + (offset == 0 ? 0 : VarInt.Length(offset));
}
