using System.Buffers.Binary;

namespace Peregrine.Tls;

/// <summary>
/// Builds handshake messages into memory that grows. Vectors are written as Begin, contents, End: End fills in the length that Begin left
/// room for.
/// </summary>
internal sealed class MessageWriter
{
    private byte[] _bytes = new byte[512];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public byte[] ToArray() => Written.ToArray();

    public void Byte(byte value) => Take(1)[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public Vector BeginMessage(HandshakeType type)
    {
        Byte((byte)type);
        return BeginVector24();
    }

    public Vector BeginExtension(ExtensionType type)
    {
        UInt16((ushort)type);
        return BeginVector16();
    }

    public Vector BeginVector8() => Begin(1);

    public Vector BeginVector16() => Begin(2);

    public Vector BeginVector24() => Begin(3);

    public void Vector8(ReadOnlySpan<byte> value)
    {
        using (BeginVector8())
            Bytes(value);
    }

    public void Vector16(ReadOnlySpan<byte> value)
    {
        using (BeginVector16())
            Bytes(value);
    }

    public void Vector24(ReadOnlySpan<byte> value)
    {
        using (BeginVector24())
            Bytes(value);
    }

    private Vector Begin(int prefixLength)
    {
        Take(prefixLength);
        return new Vector(this, _length, prefixLength);
    }

    private void End(int start, int prefixLength)
    {
        var length = _length - start;
        // What we write is bounded by our own settings, so a vector that overflows its prefix is a setting no peer could be sent.
        if (length >= 1L << (8 * prefixLength))
            throw new InvalidOperationException($"A TLS vector of {length} bytes does not fit its {prefixLength}-byte length.");
        for (var i = 1; i <= prefixLength; i++, length >>= 8)
            _bytes[start - i] = (byte)(length & 0xff);
    }

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _length < count)
            Array.Resize(ref _bytes, Math.Max(_length + count, _bytes.Length * 2));
        var taken = _bytes.AsSpan(_length, count);
        _length += count;
        return taken;
    }

    /// <summary>An open vector; disposing it writes its length. It must be disposed once, innermost first.</summary>
    public readonly ref struct Vector(MessageWriter writer, int start, int prefixLength)
    {
        public void Dispose() => writer.End(start, prefixLength);
    }
}
