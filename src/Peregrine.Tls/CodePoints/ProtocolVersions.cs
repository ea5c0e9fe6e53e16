namespace Peregrine.Tls;

/// <summary>The version numbers that stand in hello messages.</summary>
internal static class ProtocolVersions
{
    /// <summary>What legacy_version always says (RFC 8446 §4.1.2).</summary>
    public const ushort Tls12 = 0x0303;

    public const ushort Tls13 = 0x0304;
}
