using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>An address validation token for a later connection (RFC 9000 §19.7). The token is borrowed from the packet.</summary>
internal readonly ref struct NewTokenFrame(ReadOnlySpan<byte> token)
{
    //   NEW_TOKEN Frame {
    //     Type (i) = 0x07,
    //     Token Length (i),
    //     Token (..),               never empty
    //   }

    public ReadOnlySpan<byte> Token { get; } = token;

    public int Length => EncodedLength(Token.Length);

    public static int EncodedLength(int tokenLength) => 1 + LengthPrefix.Of(tokenLength) + tokenLength;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out NewTokenFrame frame)
    {
        var read = reader.TryReadVarIntPrefixed(out var token) && !token.IsEmpty;
        frame = new NewTokenFrame(token);
        return read;
    }

    public static void Write(ref SpanWriter writer, scoped ReadOnlySpan<byte> token)
    {
        writer.WriteByte((byte)FrameType.NewToken);
        writer.WriteVarIntPrefixed(token);
    }
}
