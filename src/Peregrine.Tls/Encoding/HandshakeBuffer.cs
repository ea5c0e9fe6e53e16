namespace Peregrine.Tls;

/// <summary>
/// Cuts the CRYPTO bytes of one encryption level into messages. It owns the bytes it holds; it grows with what arrives, never with what a
/// header
/// declares, and holds at most <see cref="Capacity"/>.
/// </summary>
internal sealed class HandshakeBuffer
{
    /// <summary>The longest message body we take, in bytes (robustness T3).</summary>
    public const int MaxMessageLength = 64 * 1024;

    /// <summary>One message of the greatest length with its header.</summary>
    public const int Capacity = MaxMessageLength + HandshakeMessage.HeaderLength;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    /// <summary>Takes as much as there is room for and returns how much that was.</summary>
    public int Append(ReadOnlySpan<byte> source)
    {
        var count = Math.Min(source.Length, Capacity - (_end - _start));
        MakeRoom(count);
        source[..count].CopyTo(_bytes.AsSpan(_end));
        _end += count;
        return count;
    }

    /// <summary>The next message, when all of it is there; it is valid until the next <see cref="Append"/>.</summary>
    public bool TryTake(out HandshakeMessage message)
    {
        message = default;
        if (!TryPeekLength(out var length) || length > MaxMessageLength || _end - _start < HandshakeMessage.HeaderLength + length)
            return false;
        message = new HandshakeMessage(_bytes.AsSpan(_start, HandshakeMessage.HeaderLength + length));
        _start += message.Encoded.Length;
        return true;
    }

    /// <summary>The next message says that it is longer than <see cref="MaxMessageLength"/>.</summary>
    public bool IsNextTooLong => TryPeekLength(out var length) && length > MaxMessageLength;

    /// <summary>Gives the memory back when nothing is in it: a connection lives long, and its handshake is short.</summary>
    public void Trim()
    {
        if (!IsEmpty)
            return;
        _bytes = [];
        _start = 0;
        _end = 0;
    }

    private bool TryPeekLength(out int length)
    {
        length = 0;
        if (_end - _start < HandshakeMessage.HeaderLength)
            return false;
        length = (_bytes[_start + 1] << 16) | (_bytes[_start + 2] << 8) | _bytes[_start + 3];
        return true;
    }

    private void MakeRoom(int count)
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        if (_bytes.Length - _end < count)
            Array.Resize(ref _bytes, Math.Min(Capacity, Math.Max(_end + count, _bytes.Length * 2)));
    }
}
