using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Asks for an acknowledgement (RFC 9000 §19.2).</summary>
internal static class PingFrame
{
    //   PING Frame {
    //     Type (i) = 0x01,
    //   }

    public const int Length = 1;

    public static void Write(ref SpanWriter writer) => writer.WriteByte((byte)FrameType.Ping);
}
