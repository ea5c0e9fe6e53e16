using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// A connection ID of QUIC version 1: 0 to 20 opaque bytes, held inline. <c>default</c> is the zero-length ID. Its hash is seeded per
/// process, so that a peer who picks IDs cannot pick collisions.
/// </summary>
internal readonly struct ConnectionId : IEquatable<ConnectionId>
{
    /// <summary>RFC 9000 §17.2: longer ones make a version 1 packet invalid.</summary>
    public const int MaxLength = 20;

    /// <summary>The length of every ID that we issue, which short headers do not tell (RFC 9000 §17.3.1).</summary>
    public const int IssuedLength = 8;

    private readonly Bytes _bytes;
    private readonly byte _length;

    private ConnectionId(ReadOnlySpan<byte> bytes)
    {
        _length = (byte)bytes.Length;
        bytes.CopyTo(_bytes);
    }

    public static ConnectionId Empty => default;

    public int Length => _length;

    public bool IsEmpty => _length == 0;

    /// <summary>The bytes, borrowed from this variable.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Span => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>Copies at most <see cref="MaxLength"/> bytes; more throw, since whoever read them from the wire has checked.</summary>
    public static ConnectionId FromSpan(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxLength);
        return new ConnectionId(bytes);
    }

    /// <summary>False when there are more bytes than a connection ID holds.</summary>
    public static bool TryFromSpan(ReadOnlySpan<byte> bytes, out ConnectionId id)
    {
        var fits = bytes.Length <= MaxLength;
        id = fits ? new ConnectionId(bytes) : default;
        return fits;
    }

    public static ConnectionId Random(IRandomSource random, int length)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        random.Fill(bytes[..length]);
        return new ConnectionId(bytes[..length]);
    }

    public void CopyTo(Span<byte> destination) => Span.CopyTo(destination);

    public bool Equals(ConnectionId other) => Span.SequenceEqual(other.Span);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ConnectionId other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    public override string ToString() => Convert.ToHexStringLower(Span);

    public static bool operator ==(ConnectionId a, ConnectionId b) => a.Equals(b);

    public static bool operator !=(ConnectionId a, ConnectionId b) => !a.Equals(b);

    [InlineArray(MaxLength)]
    private struct Bytes
    {
        private byte _first;
    }
}
