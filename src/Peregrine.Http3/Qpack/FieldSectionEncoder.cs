using System.Text;

namespace Peregrine.Http3;

/// <summary>
/// Encodes field sections (RFC 9204 §4.5) with the static table and Huffman strings only, so no peer ever has to wait for us.
/// </summary>
internal static class FieldSectionEncoder
{
    private const int LongestIntegers = 2 * PrefixedInteger.MaxLength;

    /// <summary>Required Insert Count 0, Base 0.</summary>
    public static void WritePrefix(PooledBuffer destination)
    {
        destination.GetSpan(2)[..2].Clear();
        destination.Advance(2);
    }

    public static void Write(PooledBuffer destination, string name, string value)
    {
        var index = StaticTable.Find(name, value);
        if (index >= 0)
        {
            var span = destination.GetSpan(PrefixedInteger.MaxLength);
            destination.Advance(PrefixedInteger.Write(span, 0xc0, 6, (ulong)index));
            return;
        }

        var room = destination.GetSpan(LongestIntegers + name.Length + value.Length);
        var isSensitive = IsSensitive(name);
        var nameIndex = StaticTable.FindName(name);
        var written = nameIndex >= 0
            ? PrefixedInteger.Write(room, (byte)(isSensitive ? 0x70 : 0x50), 4, (ulong)nameIndex)
            : WriteString(room, (byte)(isSensitive ? 0x30 : 0x20), 0x08, 3, name);
        written += WriteString(room[written..], 0, 0x80, 7, value);
        destination.Advance(written);
    }

    /// <summary>The size of RFC 9114 §4.2.2.</summary>
    public static long SizeOf(string name, string value) => FieldSectionDecoder.FieldOverhead + name.Length + value.Length;

    // RFC 9204 §7.1.3: a secret must not enter a table of an intermediary.
    private static bool IsSensitive(string name) => name is "authorization" or "proxy-authorization" or "cookie" or "set-cookie";

    private static int WriteString(Span<byte> destination, byte pattern, byte huffmanFlag, int prefixBits, string text)
    {
        var huffmanLength = HuffmanEncoder.Length(text);
        if (huffmanLength < text.Length)
        {
            var header = PrefixedInteger.Write(destination, (byte)(pattern | huffmanFlag), prefixBits, (ulong)huffmanLength);
            return header + HuffmanEncoder.Encode(text, destination[header..]);
        }

        var length = PrefixedInteger.Write(destination, pattern, prefixBits, (ulong)text.Length);
        return length + Encoding.Latin1.GetBytes(text, destination[length..]);
    }
}
