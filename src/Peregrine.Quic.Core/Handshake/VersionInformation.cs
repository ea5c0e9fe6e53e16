using System.Buffers.Binary;
using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>The version_information transport parameter (RFC 9368 §3): the version in use and those the sender could use.</summary>
internal sealed record VersionInformation(uint Chosen, uint[] Available)
{
    /// <summary>What we say: version 1 and no other.</summary>
    public static VersionInformation OnlyV1 { get; } = new(QuicVersion.V1, [QuicVersion.V1]);

    public int Length => sizeof(uint) * (1 + Available.Length);

    //   Version Information {
    //     Chosen Version (32),
    //     Available Versions (32) ...,
    //   }

    /// <summary>Null unless the value is made of whole versions, at least one, none of them 0 (RFC 9368 §4).</summary>
    public static VersionInformation? Read(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value.Length % sizeof(uint) != 0)
            return null;

        var available = new uint[(value.Length / sizeof(uint)) - 1];
        for (var i = 0; i < available.Length; i++)
            available[i] = BinaryPrimitives.ReadUInt32BigEndian(value[((i + 1) * sizeof(uint))..]);
        var chosen = BinaryPrimitives.ReadUInt32BigEndian(value);
        return chosen == 0 || available.AsSpan().Contains(0u) ? null : new VersionInformation(chosen, available);
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteUInt32(Chosen);
        foreach (var version in Available)
            writer.WriteUInt32(version);
    }
}
