namespace Peregrine.Tls;

/// <summary>The version numbers that stand in hello messages.</summary>
internal static class ProtocolVersions
{
    /// <summary>What legacy_version always says (RFC 8446 §4.1.2).</summary>
    public const ushort Tls12 = 0x0303;

    public const ushort Tls13 = 0x0304;

    /// <summary>No hello may say this one (RFC 8446 §D.5).</summary>
    public const ushort Ssl3 = 0x0300;
}
