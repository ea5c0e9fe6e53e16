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

    public int Length => 1 + LengthPrefix.Of(Token.Length) + Token.Length;

    /// <summary>Reads what follows the type; false when it is malformed (FRAME_ENCODING_ERROR).</summary>
    public static bool TryRead(ref SpanReader reader, out NewTokenFrame frame)
    {
        var read = reader.TryReadVarIntPrefixed(out var token) && !token.IsEmpty;
        frame = new NewTokenFrame(token);
        return read;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteByte((byte)FrameType.NewToken);
        writer.WriteVarIntPrefixed(Token);
    }
}
