using Peregrine.Wire;

namespace Peregrine.Tls;

/// <summary>
/// The extensions of one message, borrowed, in any order. One that is open has been checked: it is well formed and has no duplicates.
/// </summary>
internal ref struct ExtensionBlock
{
    // struct {
    //     ExtensionType extension_type;
    //     opaque extension_data<0..2^16-1>;
    // } Extension;
    private SpanReader _reader;

    private ExtensionBlock(ReadOnlySpan<byte> extensions) => _reader = new SpanReader(extensions);

    /// <summary>The extension just taken was the last one.</summary>
    public readonly bool IsAtEnd => _reader.IsAtEnd;

    public static PeerMisbehavior? Open(ReadOnlySpan<byte> extensions, out ExtensionBlock block)
    {
        block = new ExtensionBlock(extensions);
        var check = block;
        Span<ulong> scratch = stackalloc ulong[CodePointSet.Words];
        scratch.Clear();
        var seen = new CodePointSet(scratch);
        while (check.TryNext(out var type, out _))
        {
            if (!seen.Add((ushort)type)) // RFC 8446 §4.2
                return PeerMisbehavior.DuplicateExtension;
        }

        return check.IsAtEnd ? null : PeerMisbehavior.MalformedExtensions;
    }

    public bool TryNext(out ExtensionType type, out ReadOnlySpan<byte> data)
    {
        var start = _reader;
        data = default;
        if (_reader.TryReadUInt16(out var number) && _reader.TryReadVector16(out data))
        {
            type = (ExtensionType)number;
            return true;
        }

        _reader = start;
        type = default;
        return false;
    }
}
