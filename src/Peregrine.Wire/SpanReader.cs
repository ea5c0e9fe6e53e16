using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Peregrine.Wire;

/// <summary>
/// Reads wire integers and byte strings from borrowed bytes. Every method returns false, and moves nothing, when the bytes end too soon;
/// none throws.
/// </summary>
internal ref struct SpanReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private int _position;

    public readonly int Position => _position;

    public readonly int Remaining => _source.Length - _position;

    public readonly bool IsAtEnd => _position == _source.Length;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _source[_position..];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadVarInt(out ulong value)
    {
        if (!VarInt.TryRead(_source[_position..], out value, out var length))
            return false;
        _position += length;
        return true;
    }

    /// <summary>Reads a varint that must fit a non-negative int, such as a length inside a datagram.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadLength(out int value)
    {
        if (VarInt.TryRead(_source[_position..], out var wide, out var length) && wide <= int.MaxValue)
        {
            _position += length;
            value = (int)wide;
            return true;
        }

        value = 0;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadByte(out byte value)
    {
        if (_position < _source.Length)
        {
            value = _source[_position++];
            return true;
        }

        value = 0;
        return false;
    }

    public readonly bool TryPeekByte(out byte value)
    {
        value = _position < _source.Length ? _source[_position] : (byte)0;
        return _position < _source.Length;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_source[_position..], out value))
            return false;
        _position += 2;
        return true;
    }

    public bool TryReadUInt24(out int value)
    {
        if (Remaining < 3)
        {
            value = 0;
            return false;
        }

        value = (_source[_position] << 16) | (_source[_position + 1] << 8) | _source[_position + 2];
        _position += 3;
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_source[_position..], out value))
            return false;
        _position += 4;
        return true;
    }

    public bool TryReadUInt64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(_source[_position..], out value))
            return false;
        _position += 8;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count < 0 || count > Remaining)
        {
            bytes = default;
            return false;
        }

        bytes = _source.Slice(_position, count);
        _position += count;
        return true;
    }

    /// <summary>Reads a varint length and then that many bytes.</summary>
    public bool TryReadVarIntPrefixed(out ReadOnlySpan<byte> bytes)
    {
        var start = _position;
        if (TryReadLength(out var count) && TryReadBytes(count, out bytes))
            return true;
        _position = start;
        bytes = default;
        return false;
    }

    public bool TrySkip(int count) => TryReadBytes(count, out _);
}
