using System.Diagnostics;

namespace Peregrine.Http3;

/// <summary>Writes strings in the Huffman code (RFC 7541 §5.2). Characters are bytes: none above U+00FF.</summary>
internal static class HuffmanEncoder
{
    /// <summary>How many bytes the text takes.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        var lengths = HuffmanCode.Lengths;
        long bits = 0;
        foreach (var c in text)
            bits += lengths[(byte)c];
        return (int)((bits + 7) / 8);
    }

    /// <summary>Writes the text and pads the last byte with ones; returns the bytes written.</summary>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        var lengths = HuffmanCode.Lengths;
        var codes = HuffmanCode.Codes;
        ulong pending = 0;
        var bits = 0;
        var written = 0;
        foreach (var c in text)
        {
            Debug.Assert(c <= 0xff);
            var length = lengths[(byte)c];
            pending = (pending << length) | codes[(byte)c];
            bits += length;
            while (bits >= 8)
            {
                bits -= 8;
                destination[written++] = unchecked((byte)(pending >> bits));
            }
        }

        if (bits > 0)
            destination[written++] = unchecked((byte)((pending << (8 - bits)) | (0xffu >> bits)));
        return written;
    }
}
