using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Peregrine.Quic.Core;

/// <summary>
/// The 16 bytes by which a peer that lost its state proves who it is (RFC 9000 §10.3). Comparing takes the same time whatever the
/// bytes are. It never prints itself.
/// </summary>
internal readonly struct StatelessResetToken : IEquatable<StatelessResetToken>
{
    public const int Size = 16;

    private readonly Bytes _bytes;

    private StatelessResetToken(ReadOnlySpan<byte> bytes) => bytes.CopyTo(_bytes);

    [UnscopedRef]
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    public static StatelessResetToken FromSpan(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        return new StatelessResetToken(bytes);
    }

    public void CopyTo(Span<byte> destination) => Span.CopyTo(destination);

    public bool Equals(StatelessResetToken other) => CryptographicOperations.FixedTimeEquals(Span, other.Span);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is StatelessResetToken other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    public override string ToString() => "stateless reset token";

    public static bool operator ==(StatelessResetToken a, StatelessResetToken b) => a.Equals(b);

    public static bool operator !=(StatelessResetToken a, StatelessResetToken b) => !a.Equals(b);

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte _first;
    }
}
