using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The server tells the client that the handshake is confirmed (RFC 9000 §19.20).</summary>
internal static class HandshakeDoneFrame
{
    //   HANDSHAKE_DONE Frame {
    //     Type (i) = 0x1e,
    //   }

    public const int Length = 1;

    public static void Write(ref SpanWriter writer) => writer.WriteByte((byte)FrameType.HandshakeDone);
}
