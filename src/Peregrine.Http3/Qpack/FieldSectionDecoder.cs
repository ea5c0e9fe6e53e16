using System.Buffers;
using System.Text;

namespace Peregrine.Http3;

/// <summary>What came of decoding a field section.</summary>
internal enum FieldSectionStatus
{
    Done,

    /// <summary>The section exceeds the size we accept: a matter of its stream.</summary>
    TooLarge,

    /// <summary>QPACK_DECOMPRESSION_FAILED: a matter of the connection.</summary>
    Invalid,
}

/// <summary>
/// Decodes encoded field sections (RFC 9204 §4.5) without a dynamic table: we announce a capacity of 0, so a reference to one is an error.
/// The size of RFC 9114 §4.2.2 is counted field by field, before a field's strings are made.
/// </summary>
internal static class FieldSectionDecoder
{
    /// <summary>What each field counts beyond its name and value (RFC 9114 §4.2.2).</summary>
    public const int FieldOverhead = 32;

    /// <summary>
    /// Decodes the whole section, appending to <paramref name="fields"/>; <paramref name="problem"/> says what was wrong.
    /// </summary>
    public static FieldSectionStatus Decode(ReadOnlySpan<byte> section, long maxSize, HttpFields fields, out string problem)
    {
        problem = "";
        if (!TryReadPrefix(ref section, out problem))
            return FieldSectionStatus.Invalid;

        long size = 0;
        while (!section.IsEmpty)
        {
            var status = DecodeField(ref section, maxSize - size, fields, out var fieldSize, out problem);
            if (status != FieldSectionStatus.Done)
                return status;
            size += fieldSize;
        }

        return FieldSectionStatus.Done;
    }

    // Required Insert Count (8+), S, Delta Base (7+).
    private static bool TryReadPrefix(ref ReadOnlySpan<byte> section, out string problem)
    {
        problem = "the field section's prefix is cut short or malformed";
        if (!TryReadInteger(ref section, 8, out var requiredInsertCount) || section.IsEmpty)
            return false;
        var isNegative = (section[0] & 0x80) != 0;
        if (!TryReadInteger(ref section, 7, out _))
            return false;
        if (requiredInsertCount != 0)
        {
            problem = "the field section needs a dynamic table, which was not offered";
            return false;
        }

        // RFC 9204 §4.5.1.2: Base would be negative.
        problem = isNegative ? "the field section's Base is negative" : "";
        return !isNegative;
    }

    private static FieldSectionStatus DecodeField(
        ref ReadOnlySpan<byte> section, long room, HttpFields fields, out long size, out string problem)
    {
        size = 0;
        var first = section[0];
        if ((first & 0x80) != 0)
            return DecodeIndexed(ref section, (first & 0x40) != 0, room, fields, out size, out problem);

        string name;
        if ((first & 0x40) != 0)
        {
            // 01NT: literal with name reference.
            if (!TryReadInteger(ref section, 4, out var index))
                return Invalid("a name reference is malformed", out problem);
            if ((first & 0x10) == 0)
                return Invalid("a name reference points into the dynamic table", out problem);
            if (!StaticTable.TryGet(index, out var entry))
                return Invalid("a name reference points beyond the static table", out problem);
            name = entry.Name;
        }
        else if ((first & 0x20) != 0)
        {
            // 001NH: literal with literal name.
            var status = ReadString(ref section, 3, (first & 0x08) != 0, room - FieldOverhead, out name, out problem);
            if (status != FieldSectionStatus.Done)
                return status;
        }
        else
        {
            return Invalid("a post-base reference points into the dynamic table", out problem);
        }

        size = FieldOverhead + name.Length;
        if (section.IsEmpty)
            return Invalid("the field section ends before a value", out problem);
        var valueStatus = ReadString(ref section, 7, (section[0] & 0x80) != 0, room - size, out var value, out problem);
        if (valueStatus != FieldSectionStatus.Done)
            return valueStatus;
        size += value.Length;
        fields.AddUnchecked(name, value);
        return FieldSectionStatus.Done;
    }

    private static FieldSectionStatus DecodeIndexed(
        ref ReadOnlySpan<byte> section, bool isStatic, long room, HttpFields fields, out long size, out string problem)
    {
        size = 0;
        if (!TryReadInteger(ref section, 6, out var index))
            return Invalid("an index is malformed", out problem);
        if (!isStatic)
            return Invalid("an index points into the dynamic table", out problem);
        if (!StaticTable.TryGet(index, out var entry))
            return Invalid("an index points beyond the static table", out problem);
        size = FieldOverhead + entry.Name.Length + entry.Value.Length;
        if (size > room)
            return TooLarge(out problem);
        fields.AddUnchecked(entry.Name, entry.Value);
        problem = "";
        return FieldSectionStatus.Done;
    }

    private static FieldSectionStatus ReadString(
        ref ReadOnlySpan<byte> section, int prefixBits, bool isHuffman, long room, out string text, out string problem)
    {
        text = "";
        if (!TryReadInteger(ref section, prefixBits, out var length) || length > (ulong)section.Length)
            return Invalid("a string is longer than its field section", out problem);

        var encoded = section[..(int)length];
        section = section[encoded.Length..];
        if (!isHuffman)
        {
            if (encoded.Length > room)
                return TooLarge(out problem);
            text = Encoding.Latin1.GetString(encoded);
            problem = "";
            return FieldSectionStatus.Done;
        }

        // No symbol is longer than 30 bits, so the text has at least this many characters, whatever they are.
        if (encoded.Length * 8L / 30 > room + 1)
            return TooLarge(out problem);
        return ReadHuffman(encoded, room, out text, out problem);
    }

    private static FieldSectionStatus ReadHuffman(ReadOnlySpan<byte> encoded, long room, out string text, out string problem)
    {
        const int onStack = 256;
        text = "";
        var most = HuffmanDecoder.MaxDecodedLength(encoded.Length);
        byte[]? rented = null;
        var decoded = most <= onStack ? stackalloc byte[onStack] : rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            if (!HuffmanDecoder.TryDecode(encoded, decoded, out var written))
                return Invalid("a string breaks the Huffman code", out problem);
            if (written > room)
                return TooLarge(out problem);
            text = Encoding.Latin1.GetString(decoded[..written]);
            problem = "";
            return FieldSectionStatus.Done;
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryReadInteger(ref ReadOnlySpan<byte> section, int prefixBits, out ulong value)
    {
        if (PrefixedInteger.TryRead(section, prefixBits, out value, out var length) != DecodeStatus.Done)
            return false;
        section = section[length..];
        return true;
    }

    private static FieldSectionStatus Invalid(string what, out string problem)
    {
        problem = what;
        return FieldSectionStatus.Invalid;
    }

    private static FieldSectionStatus TooLarge(out string problem)
    {
        problem = "the field section is larger than accepted";
        return FieldSectionStatus.TooLarge;
    }
}
