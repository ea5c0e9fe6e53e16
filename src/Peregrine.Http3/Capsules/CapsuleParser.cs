using System.Buffers;

namespace Peregrine.Http3;

/// <summary>
/// Takes capsules apart as their bytes come (RFC 9297 §3.2). A known type's value is gathered up to its bound, which is checked as soon as
/// its length is read; an unknown type's value is skipped, whatever length it declares. Owns the gathered bytes.
/// </summary>
internal sealed class CapsuleParser(IReadOnlyDictionary<ulong, int> types) : IDisposable
{
    /// <summary>DATAGRAM (RFC 9297 §3.5).</summary>
    public const ulong DatagramType = 0x00;

    // As much as a QUIC datagram can carry. RFC 9297 §3.5: a longer one is discarded without being gathered.
    private const int MaxDatagram = 65_535;

    private readonly PooledBuffer _value = new(64);
    private ulong _type;
    private ulong _remaining;
    private bool _isInside;
    private bool _isKnown;
    private bool _isHeaderPartial;

    /// <summary>Reads up to the end of one known capsule, cutting what was read off the front of <paramref name="buffer"/>.</summary>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, out Capsule capsule)
    {
        while (true)
        {
            if (!_isInside && !TryEnter(ref buffer))
            {
                capsule = default;
                return false;
            }

            TakeValue(ref buffer);
            if (_remaining != 0)
            {
                capsule = default;
                return false;
            }

            _isInside = false;
            if (_isKnown)
            {
                capsule = new Capsule(_type, _value.Written);
                return true;
            }
        }
    }

    /// <summary>The stream has ended; throws when that was inside a capsule (RFC 9297 §3.3).</summary>
    public void End()
    {
        if (_isInside || _isHeaderPartial)
            throw Http3Exception.Malformed("The stream ended inside a capsule.");
    }

    public void Dispose() => _value.Dispose();

    private bool TryEnter(ref ReadOnlySequence<byte> buffer)
    {
        // A capsule begins as a frame does: type and length.
        _isHeaderPartial = !buffer.IsEmpty;
        if (!FrameHeader.TryRead(buffer, out var header, out var consumed))
            return false;
        _isHeaderPartial = false;
        buffer = buffer.Slice(consumed);
        _type = header.Type;
        _remaining = header.Length;
        _isKnown = types.TryGetValue(header.Type, out var maxLength);
        if (!_isKnown && header.Type == DatagramType)
            _isKnown = header.Length <= MaxDatagram;
        else if (_isKnown && header.Length > (ulong)maxLength)
        {
            throw Http3Exception.Malformed(
                $"A capsule of type 0x{header.Type:x} is {header.Length} bytes long; at most {maxLength} are allowed.");
        }

        _isInside = true;
        _value.Clear();
        return true;
    }

    private void TakeValue(ref ReadOnlySequence<byte> buffer)
    {
        var taken = buffer.Slice(0, (long)Math.Min(_remaining, (ulong)buffer.Length));
        if (_isKnown)
        {
            foreach (var segment in taken)
                _value.Write(segment.Span);
        }

        _remaining -= (ulong)taken.Length;
        buffer = buffer.Slice(taken.End);
    }
}
