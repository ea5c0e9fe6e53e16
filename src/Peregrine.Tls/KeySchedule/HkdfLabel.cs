using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Peregrine.Tls;

/// <summary>
/// HKDF-Expand-Label of RFC 8446 §7.1, the one place where TLS and QUIC labels are put together. It keeps nothing and does not allocate.
/// </summary>
internal static class HkdfLabel
{
    private const int MaxLabelLength = 255;
    private const int MaxContextLength = 255;

    // struct {
    //     uint16 length;
    //     opaque label<7..255> = "tls13 " + Label;
    //     opaque context<0..255>;
    // } HkdfLabel;

    /// <summary>Fills <paramref name="output"/>; <paramref name="label"/> comes without its "tls13 " prefix.</summary>
    public static void Expand(
        HashAlgorithmName hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        var prefix = "tls13 "u8;
        Debug.Assert(prefix.Length + label.Length <= MaxLabelLength && context.Length <= MaxContextLength);

        Span<byte> info = stackalloc byte[2 + 1 + MaxLabelLength + 1 + MaxContextLength];
        BinaryPrimitives.WriteUInt16BigEndian(info, (ushort)output.Length);
        info[2] = (byte)(prefix.Length + label.Length);
        prefix.CopyTo(info[3..]);
        label.CopyTo(info[(3 + prefix.Length)..]);
        var end = 3 + prefix.Length + label.Length;
        info[end++] = (byte)context.Length;
        context.CopyTo(info[end..]);
        HKDF.Expand(hash, secret, output, info[..(end + context.Length)]);
    }
}
