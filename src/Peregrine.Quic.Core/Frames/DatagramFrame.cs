using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Unreliable application data (RFC 9221 §4). The data is borrowed from the packet.</summary>
internal readonly ref struct DatagramFrame(ReadOnlySpan<byte> data)
{
    //   DATAGRAM Frame {
    //     Type (i) = 0x30..0x31,    the low bit says that there is a length
    //     [Length (i)],
    //     Datagram Data (..),       to the end of the packet without a length
    //   }

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>The encoded length, with the length field.</summary>
    public int Length => HeaderLength(Data.Length, withLength: true) + Data.Length;

    /// <summary>
    /// Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR). Whether the frame was negotiated, and is as short
    /// as max_datagram_frame_size says, is the caller's question; that limit counts the type and the length too, so use
    /// <paramref name="frameLength"/>.
    /// </summary>
    public static bool TryRead(ref SpanReader reader, ulong type, out DatagramFrame frame, out int frameLength)
    {
        var start = reader.Position;
        ReadOnlySpan<byte> data;
        bool read;
        if (type == FrameType.Datagram)
            read = reader.TryReadBytes(reader.Remaining, out data);
        else
            read = reader.TryReadVarIntPrefixed(out data);

        frame = new DatagramFrame(data);
        frameLength = 1 + reader.Position - start;
        return read;
    }

    public static int HeaderLength(int dataLength, bool withLength) => withLength ? 1 + LengthPrefix.Of(dataLength) : 1;

    /// <summary>The most data that fits into <paramref name="space"/> with its header; negative when the header does not fit.</summary>
    public static int DataRoom(int space, bool withLength) => withLength ? LengthPrefix.Room(space - 1) : space - 1;

    /// <summary>Writes all but the data. Without the length field the data must reach to the end of the packet.</summary>
    public static void WriteHeader(ref SpanWriter writer, int dataLength, bool withLength)
    {
        writer.WriteByte((byte)(withLength ? FrameType.DatagramWithLength : FrameType.Datagram));
        if (withLength)
            writer.WriteVarInt((ulong)dataLength);
    }

    /// <summary>Writes the frame with its length field.</summary>
    public static void Write(ref SpanWriter writer, scoped ReadOnlySpan<byte> data)
    {
        WriteHeader(ref writer, data.Length, withLength: true);
        writer.WriteBytes(data);
    }
}
