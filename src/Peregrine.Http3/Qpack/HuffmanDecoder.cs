namespace Peregrine.Http3;

/// <summary>
/// Reads the Huffman code (RFC 7541 §5.2) four bits at a time: for each node of the code's tree and each nibble, the table holds the node
/// reached and the symbol passed on the way. No code is shorter than five bits, so a nibble passes one symbol at most.
/// </summary>
internal static class HuffmanDecoder
{
    private const ushort Failed = 0xffff;

    private static readonly Transition[] Transitions = Build(out MayEnd);

    // True for the nodes that padding may end on: the root, and up to seven ones below it.
    private static readonly bool[] MayEnd;

    /// <summary>The most characters that this many bytes can hold.</summary>
    public static int MaxDecodedLength(int encodedLength) => (int)Math.Min(encodedLength * 8L / 5, int.MaxValue);

    /// <summary>
    /// Decodes into <paramref name="destination"/>, which has room for <see cref="MaxDecodedLength"/>. False when the text holds the
    /// end-of-string symbol, or its padding is longer than seven bits or not all ones.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<byte> destination, out int written)
    {
        var node = 0;
        written = 0;
        foreach (var octet in source)
        {
            var transition = Transitions[(node << 4) | (octet >> 4)];
            if (transition.Node == Failed)
                return false;
            if (transition.HasSymbol)
                destination[written++] = transition.Symbol;

            transition = Transitions[(transition.Node << 4) | (octet & 0xf)];
            if (transition.Node == Failed)
                return false;
            if (transition.HasSymbol)
                destination[written++] = transition.Symbol;
            node = transition.Node;
        }

        return MayEnd[node];
    }

    private static Transition[] Build(out bool[] mayEnd)
    {
        // The tree: children[2n] and children[2n + 1] are the nodes below n; a leaf is stored as the complement of its symbol.
        var children = new int[2 * (HuffmanCode.EndOfString + 1)];
        var nodes = 1;
        for (var symbol = 0; symbol <= HuffmanCode.EndOfString; symbol++)
        {
            var node = 0;
            for (var bit = HuffmanCode.Lengths[symbol] - 1; bit > 0; bit--)
            {
                ref var child = ref children[(2 * node) + (int)((HuffmanCode.Codes[symbol] >> bit) & 1)];
                if (child == 0)
                    child = nodes++;
                node = child;
            }

            children[(2 * node) + (int)(HuffmanCode.Codes[symbol] & 1)] = ~symbol;
        }

        mayEnd = new bool[nodes];
        for (int node = 0, ones = 0; ones <= 7; ones++, node = children[(2 * node) + 1])
            mayEnd[node] = true;

        var transitions = new Transition[nodes * 16];
        for (var node = 0; node < nodes; node++)
        {
            for (var nibble = 0; nibble < 16; nibble++)
                transitions[(node << 4) | nibble] = Walk(children, node, nibble);
        }

        return transitions;
    }

    private static Transition Walk(int[] children, int node, int nibble)
    {
        var symbol = -1;
        for (var bit = 3; bit >= 0; bit--)
        {
            var child = children[(2 * node) + ((nibble >> bit) & 1)];
            if (child >= 0)
            {
                node = child;
                continue;
            }

            symbol = ~child;
            if (symbol == HuffmanCode.EndOfString)
                return new Transition(Failed, HasSymbol: false, 0);
            node = 0;
        }

        return new Transition((ushort)node, symbol >= 0, symbol >= 0 ? (byte)symbol : (byte)0);
    }

    private readonly record struct Transition(ushort Node, bool HasSymbol, byte Symbol);
}
