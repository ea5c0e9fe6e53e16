using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>CertificateVerify (RFC 8446 §4.4.3), and the content that its signature covers.</summary>
internal static class CertificateVerify
{
    // struct {
    //     SignatureScheme algorithm;
    //     opaque signature<0..2^16-1>;
    // } CertificateVerify;
    private const int PaddingLength = 64;
    private const byte Padding = 0x20;

    private static ReadOnlySpan<byte> ServerContext => "TLS 1.3, server CertificateVerify"u8;

    public static byte[] Write(SignatureScheme scheme, ReadOnlySpan<byte> signature)
    {
        var writer = new MessageWriter();
        using (writer.BeginMessage(HandshakeType.CertificateVerify))
        {
            writer.UInt16((ushort)scheme);
            writer.Vector16(signature);
        }

        return writer.ToArray();
    }

    public static bool TryRead(ReadOnlySpan<byte> body, out SignatureScheme scheme, out ReadOnlySpan<byte> signature)
    {
        var reader = new SpanReader(body);
        signature = default;
        var complete = reader.TryReadUInt16(out var number) && reader.TryReadVector16(out signature) && reader.IsAtEnd;
        scheme = (SignatureScheme)number;
        return complete;
    }

    /// <summary>What a server signs, over the hash from ClientHello to its Certificate.</summary>
    public static byte[] ServerContent(ReadOnlySpan<byte> transcriptHash)
    {
        var content = new byte[PaddingLength + ServerContext.Length + 1 + transcriptHash.Length];
        content.AsSpan(0, PaddingLength).Fill(Padding);
        ServerContext.CopyTo(content.AsSpan(PaddingLength));
        transcriptHash.CopyTo(content.AsSpan(PaddingLength + ServerContext.Length + 1));
        return content;
    }
}
