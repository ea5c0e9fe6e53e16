using System.Buffers;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>One capsule (RFC 9297 §3.2).</summary>
/// <remarks>
/// <code>
/// Capsule {
///   Capsule Type (i),
///   Capsule Length (i),
///   Capsule Value (..),
/// }
/// </code>
/// </remarks>
/// <param name="Type">The type.</param>
/// <param name="Value">The value; from a <see cref="CapsuleReader"/> it is valid until the next read.</param>
public readonly record struct Capsule(ulong Type, ReadOnlyMemory<byte> Value)
{
    /// <summary>Writes a capsule, for instance to <see cref="Http3RequestStream.Output"/>, which must then be flushed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is above 2^62-1.</exception>
    public static void Write(IBufferWriter<byte> destination, ulong type, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(type, VarInt.MaxValue);
        var span = destination.GetSpan(2 * VarInt.MaxLength);
        var written = VarInt.Write(span, type);
        written += VarInt.Write(span[written..], (ulong)value.Length);
        destination.Advance(written);
        destination.Write(value);
    }
}
