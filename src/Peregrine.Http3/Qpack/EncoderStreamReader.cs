namespace Peregrine.Http3;

/// <summary>
/// Reads the peer's encoder stream (RFC 9204 §4.3). We announce a capacity of 0, so the only instruction a peer may send is Set Dynamic
/// Table Capacity with 0. Nothing is buffered beyond one unfinished integer.
/// </summary>
internal sealed class EncoderStreamReader
{
    private readonly byte[] _partial = new byte[PrefixedInteger.MaxLength];
    private int _partialLength;

    /// <summary>Takes bytes of the stream; null, or what was wrong (QPACK_ENCODER_STREAM_ERROR).</summary>
    public string? Read(ReadOnlySpan<byte> bytes)
    {
        foreach (var octet in bytes)
        {
            _partial[_partialLength++] = octet;
            // 001: Set Dynamic Table Capacity, a five-bit prefix.
            if ((_partial[0] & 0xe0) != 0x20)
                return "an entry was inserted into a dynamic table of capacity 0";
            var status = PrefixedInteger.TryRead(_partial.AsSpan(0, _partialLength), 5, out var capacity, out _);
            if (status == DecodeStatus.Invalid)
                return "the dynamic table's capacity is malformed";
            if (status == DecodeStatus.NeedMore)
                continue;
            if (capacity != 0)
                return "the dynamic table's capacity was set above the 0 that was offered";
            _partialLength = 0;
        }

        return null;
    }
}
