using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Echoes a PATH_CHALLENGE (RFC 9000 §19.18). The eight opaque bytes are held as a big-endian number.</summary>
internal readonly record struct PathResponseFrame(ulong Data)
{
    //   PATH_RESPONSE Frame {
    //     Type (i) = 0x1b,
    //     Data (64),
    //   }

    public const int Length = 9;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out PathResponseFrame frame)
    {
        var read = reader.TryReadUInt64(out var data);
        frame = new PathResponseFrame(data);
        return read;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.PathResponse);
        writer.WriteUInt64(Data);
    }
}
