using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>A piece of the TLS handshake (RFC 9000 §19.6). The data is borrowed from the packet.</summary>
internal readonly ref struct CryptoFrame(ulong offset, ReadOnlySpan<byte> data)
{
    //   CRYPTO Frame {
    //     Type (i) = 0x06,
    //     Offset (i),
    //     Length (i),
    //     Crypto Data (..),
    //   }

    public ulong Offset { get; } = offset;

    public ReadOnlySpan<byte> Data { get; } = data;

    public int Length => HeaderLength(Offset, Data.Length) + Data.Length;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out CryptoFrame frame)
    {
        frame = default;
        if (!(reader.TryReadVarInt(out var offset) &&
            reader.TryReadVarIntPrefixed(out var data) &&
            offset + (ulong)data.Length <= VarInt.MaxValue))
            return false;

        frame = new CryptoFrame(offset, data);
        return true;
    }

    public static int HeaderLength(ulong offset, int dataLength) => 1 + VarInt.Length(offset) + LengthPrefix.Of(dataLength);

    /// <summary>The most data that fits into <paramref name="space"/> with its header; negative when the header does not fit.</summary>
    public static int DataRoom(int space, ulong offset) => LengthPrefix.Room(space - 1 - VarInt.Length(offset));

    /// <summary>Writes all but the data, which the caller then copies into <see cref="SpanWriter.Free"/>.</summary>
    public static void WriteHeader(ref SpanWriter writer, ulong offset, int dataLength)
    {
        writer.WriteByte((byte)FrameType.Crypto);
        writer.WriteVarInt(offset);
        writer.WriteVarInt((ulong)dataLength);
    }

    public static void Write(ref SpanWriter writer, ulong offset, scoped ReadOnlySpan<byte> data)
    {
        WriteHeader(ref writer, offset, data.Length);
        writer.WriteBytes(data);
    }
}
