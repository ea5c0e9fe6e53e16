using System.Diagnostics;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>Packet numbers acknowledged together; both ends are inside.</summary>
internal readonly record struct AckRange(ulong Smallest, ulong Largest);

/// <summary>
/// The ranges of an ACK frame, largest first, decoded as they are enumerated. It borrows the packet's bytes, which
/// <see cref="AckFrame.TryRead"/> has walked once, so that here nothing can fail and nothing is allocated.
/// </summary>
internal readonly ref struct AckRanges(ulong largestAcknowledged, ulong firstRange, int additionalCount, ReadOnlySpan<byte> encoded)
{
    private readonly ReadOnlySpan<byte> _encoded = encoded;

    /// <summary>How many ranges there are, the first included.</summary>
    public int Count => additionalCount + 1;

    public Enumerator GetEnumerator() => new(largestAcknowledged, firstRange, additionalCount, _encoded);

    /// <summary>
    /// Reads one gap and length below <paramref name="previousSmallest"/>; false when bytes end or the numbers fall below zero.
    /// </summary>
    internal static bool TryReadNext(ref SpanReader reader, ulong previousSmallest, out AckRange range)
    {
        range = default;
        if (!(reader.TryReadVarInt(out var gap) && reader.TryReadVarInt(out var length)))
            return false;

        // RFC 9000 §19.3.1: largest = previous_smallest - gap - 2. A varint plus 2 does not wrap.
        if (gap + 2 > previousSmallest)
            return false;
        var largest = previousSmallest - gap - 2;
        if (length > largest)
            return false;

        range = new AckRange(largest - length, largest);
        return true;
    }

    public ref struct Enumerator(ulong largestAcknowledged, ulong firstRange, int additionalCount, ReadOnlySpan<byte> encoded)
    {
        private SpanReader _reader = new(encoded);
        private int _left = additionalCount + 1;
        private AckRange _current;

        public readonly AckRange Current => _current;

        public bool MoveNext()
        {
            if (_left == 0)
                return false;

            if (_left-- == additionalCount + 1)
            {
                _current = new AckRange(largestAcknowledged - firstRange, largestAcknowledged);
                return true;
            }

            var read = TryReadNext(ref _reader, _current.Smallest, out _current);
            Debug.Assert(read, "AckFrame.TryRead has walked these bytes.");
            return read;
        }
    }
}
