using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Asks whether a path reaches the peer (RFC 9000 §19.17). The eight opaque bytes are held as a big-endian number.</summary>
internal readonly record struct PathChallengeFrame(ulong Data)
{
    //   PATH_CHALLENGE Frame {
    //     Type (i) = 0x1a,
    //     Data (64),
    //   }

    public const int Length = 9;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out PathChallengeFrame frame)
    {
        var read = reader.TryReadUInt64(out var data);
        frame = new PathChallengeFrame(data);
        return read;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.PathChallenge);
        writer.WriteUInt64(Data);
    }
}
