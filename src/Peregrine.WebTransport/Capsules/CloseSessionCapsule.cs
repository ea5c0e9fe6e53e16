using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Peregrine.Wire;

namespace Peregrine.WebTransport;

/// <summary>
/// The capsule that ends a session with a code and a reason (draft-ietf-webtrans-http3 §6).
/// <code>
/// WT_CLOSE_SESSION Capsule {
///   Type (i) = 0x2843,
///   Length (i),
///   Application Error Code (32),
///   Application Error Message (..8192),
/// }
/// </code>
/// </summary>
internal static class CloseSessionCapsule
{
    public const int CodeLength = 4;

    /// <summary>Bytes of UTF-8; a longer reason is cut when sent and refused when received.</summary>
    public const int MaxReasonLength = 1024;

    public const int MaxBodyLength = CodeLength + MaxReasonLength;

    /// <summary>The whole capsule with its two varints of two bytes each.</summary>
    public const int MaxLength = 2 + 2 + MaxBodyLength;

    /// <summary>
    /// Writes the capsule and returns its length. The reason is cut at a character boundary to <see cref="MaxReasonLength"/> bytes.
    /// </summary>
    public static int Write(Span<byte> destination, uint code, string reason)
    {
        Span<byte> utf8 = stackalloc byte[MaxReasonLength];
        // Lone surrogates become U+FFFD, so that what is sent is always valid UTF-8; the conversion stops before a character that does
        // not fit.
        _ = Utf8.FromUtf16(reason, utf8, out _, out var reasonLength, replaceInvalidSequences: true);

        var writer = new SpanWriter(destination);
        writer.WriteVarInt(CapsuleType.CloseSession);
        writer.WriteVarInt((ulong)(CodeLength + reasonLength));
        writer.WriteUInt32(code);
        writer.WriteBytes(utf8[..reasonLength]);
        return writer.Position;
    }

    /// <summary>
    /// Reads the capsule's body; false when it has no whole code, its reason is too long, or the reason is not valid UTF-8.
    /// </summary>
    public static bool TryReadBody(ReadOnlySpan<byte> body, out uint code, out string reason)
    {
        reason = "";
        code = 0;
        if (body.Length is < CodeLength or > MaxBodyLength || !Utf8.IsValid(body[CodeLength..]))
            return false;

        code = BinaryPrimitives.ReadUInt32BigEndian(body);
        reason = Encoding.UTF8.GetString(body[CodeLength..]);
        return true;
    }
}
