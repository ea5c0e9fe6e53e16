using System.Text;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The end of the connection (RFC 9000 §19.19). The reason is borrowed from the packet.</summary>
internal readonly ref struct ConnectionCloseFrame(bool isApplication, ulong errorCode, ulong frameType, ReadOnlySpan<byte> reason)
{
    //   CONNECTION_CLOSE Frame {
    //     Type (i) = 0x1c..0x1d,
    //     Error Code (i),
    //     [Frame Type (i)],         only in 0x1c
    //     Reason Phrase Length (i),
    //     Reason Phrase (..),
    //   }

    /// <summary>The most bytes of a peer's reason that are kept (robustness V9).</summary>
    public const int MaxReasonKept = 1024;

    /// <summary>Type 0x1d: the code is the application's.</summary>
    public bool IsApplication { get; } = isApplication;

    public ulong ErrorCode { get; } = errorCode;

    public ulong TriggeringFrameType { get; } = frameType;

    public ReadOnlySpan<byte> Reason { get; } = reason;

    public int Length => HeaderLength(IsApplication, ErrorCode, TriggeringFrameType) + LengthPrefix.Of(Reason.Length) + Reason.Length;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, ulong type, out ConnectionCloseFrame frame)
    {
        frame = default;
        var isApplication = type == FrameType.ConnectionCloseApplication;
        ulong frameType = 0;
        if (!reader.TryReadVarInt(out var errorCode))
            return false;
        if (!isApplication && !reader.TryReadVarInt(out frameType))
            return false;
        if (!reader.TryReadVarIntPrefixed(out var reason))
            return false;

        frame = new ConnectionCloseFrame(isApplication, errorCode, frameType, reason);
        return true;
    }

    /// <summary>
    /// Writes a frame, cutting the reason at a character's end to fit the writer; false when not even an empty reason fits.
    /// </summary>
    public static bool TryWrite(
        ref SpanWriter writer, bool isApplication, ulong errorCode, ulong frameType, scoped ReadOnlySpan<byte> reason)
    {
        var room = LengthPrefix.Room(writer.Remaining - HeaderLength(isApplication, errorCode, frameType));
        if (room < 0)
            return false;

        writer.WriteByte((byte)(isApplication ? FrameType.ConnectionCloseApplication : FrameType.ConnectionCloseTransport));
        writer.WriteVarInt(errorCode);
        if (!isApplication)
            writer.WriteVarInt(frameType);
        writer.WriteVarIntPrefixed(reason.Length <= room ? reason : CutAtCharacter(reason, room));
        return true;
    }

    public bool TryWrite(ref SpanWriter writer) => TryWrite(ref writer, IsApplication, ErrorCode, TriggeringFrameType, Reason);

    /// <summary>The reason as text, bounded; bytes that are not UTF-8 become U+FFFD.</summary>
    public string ReasonText() =>
        Encoding.UTF8.GetString(Reason.Length <= MaxReasonKept ? Reason : CutAtCharacter(Reason, MaxReasonKept));

    private static int HeaderLength(bool isApplication, ulong errorCode, ulong frameType) =>
        1 + VarInt.Length(errorCode) + (isApplication ? 0 : VarInt.Length(frameType));

    private static ReadOnlySpan<byte> CutAtCharacter(ReadOnlySpan<byte> utf8, int length)
    {
        // A continuation byte (10xxxxxx) right after the cut means that the cut is inside a character.
        while (length > 0 && (utf8[length] & 0xc0) == 0x80)
            length--;
        return utf8[..length];
    }
}
