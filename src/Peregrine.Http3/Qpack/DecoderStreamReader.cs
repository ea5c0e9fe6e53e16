namespace Peregrine.Http3;

/// <summary>
/// Reads the peer's decoder stream (RFC 9204 §4.4). Our encoder never inserts, so acknowledgements and increments have nothing to refer
/// to; only Stream Cancellation is legal, and says nothing that we need.
/// </summary>
internal sealed class DecoderStreamReader
{
    private readonly byte[] _partial = new byte[PrefixedInteger.MaxLength];
    private int _partialLength;

    /// <summary>Takes bytes of the stream; null, or what was wrong (QPACK_DECODER_STREAM_ERROR).</summary>
    public string? Read(ReadOnlySpan<byte> bytes)
    {
        foreach (var octet in bytes)
        {
            _partial[_partialLength++] = octet;
            if ((_partial[0] & 0x80) != 0)
                return "a field section was acknowledged that needs no acknowledgement";
            if ((_partial[0] & 0x40) == 0)
                return "the insert count was incremented though nothing was inserted";
            var status = PrefixedInteger.TryRead(_partial.AsSpan(0, _partialLength), 6, out _, out _);
            if (status == DecodeStatus.Invalid)
                return "a cancelled stream's ID is malformed";
            if (status == DecodeStatus.Done)
                _partialLength = 0;
        }

        return null;
    }
}
