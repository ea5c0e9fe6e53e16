using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Peregrine.Wire;

/// <summary>
/// Writes wire integers and byte strings into borrowed memory. The caller checks <see cref="Remaining"/> first: running out of room is a
/// broken invariant of ours, not a peer's fault, and throws.
/// </summary>
internal ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;
    private int _position;

    public readonly int Position => _position;

    public readonly int Remaining => _destination.Length - _position;

    public readonly Span<byte> Written => _destination[.._position];

    /// <summary>What has not been written yet; follow a direct write with <see cref="Advance"/>.</summary>
    public readonly Span<byte> Free => _destination[_position..];

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Remaining);
        _position += count;
    }

    /// <summary>Forgets what was written after <paramref name="position"/>.</summary>
    public void Rewind(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _position);
        _position = position;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteByte(byte value) => _destination[_position++] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteVarInt(ulong value) => _position += VarInt.Write(_destination[_position..], value);

    /// <summary>Writes a varint in a fixed number of bytes.</summary>
    public void WriteVarInt(ulong value, int length)
    {
        VarInt.Write(_destination[_position..], value, length);
        _position += length;
    }

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_destination[_position..], value);
        _position += 2;
    }

    public void WriteUInt24(int value)
    {
        _destination[_position + 2] = (byte)(value & 0xff);
        _destination[_position + 1] = (byte)((value >> 8) & 0xff);
        _destination[_position] = (byte)((value >> 16) & 0xff);
        _position += 3;
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_destination[_position..], value);
        _position += 4;
    }

    public void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_destination[_position..], value);
        _position += 8;
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[_position..]);
        _position += bytes.Length;
    }

    public void WriteVarIntPrefixed(scoped ReadOnlySpan<byte> bytes)
    {
        WriteVarInt((ulong)bytes.Length);
        WriteBytes(bytes);
    }

    /// <summary>Writes <paramref name="count"/> zero bytes (PADDING frames).</summary>
    public void WriteZeros(int count)
    {
        _destination.Slice(_position, count).Clear();
        _position += count;
    }
}
