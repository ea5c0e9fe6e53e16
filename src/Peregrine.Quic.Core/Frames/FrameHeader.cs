using System.Diagnostics.CodeAnalysis;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The frame type at the start of every frame, and what is wrong with frames that do not parse.</summary>
internal static class FrameHeader
{
    /// <summary>
    /// Reads a frame type; false with the fault when it is truncated, longer than need be, or unknown. Whether the frame may stand in this
    /// packet is for <see cref="FrameRules"/> to say.
    /// </summary>
    public static bool TryRead(ref SpanReader reader, out ulong type, [NotNullWhen(false)] out QuicFault? fault)
    {
        var start = reader.Position;
        if (!reader.TryReadVarInt(out type))
        {
            fault = QuicFault.FrameEncoding(0, "The packet ends inside a frame type.");
            return false;
        }

        // RFC 9000 §12.4: the shortest encoding, always.
        if (reader.Position - start != VarInt.Length(type))
        {
            fault = QuicFault.ProtocolViolation("A frame type is encoded in more bytes than it needs.", type);
            return false;
        }

        if (!FrameRules.IsKnown(type))
        {
            fault = QuicFault.FrameEncoding(type, $"Frame type 0x{type:x} is unknown.");
            return false;
        }

        fault = null;
        return true;
    }

    /// <summary>The fault of a frame whose <c>TryRead</c> said no.</summary>
    public static QuicFault Malformed(ulong type) =>
        QuicFault.FrameEncoding(type, $"The {FrameType.NameOf(type)} frame is truncated or holds a value outside its range.");
}
