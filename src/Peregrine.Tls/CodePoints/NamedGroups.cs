namespace Peregrine.Tls;

/// <summary>Our groups in the order we prefer them.</summary>
internal static class NamedGroups
{
    public static IReadOnlyList<NamedGroup> Default { get; } =
        [NamedGroup.X25519MLKem768, NamedGroup.X25519, NamedGroup.Secp256r1, NamedGroup.Secp384r1];

    /// <summary>Whose shares a client sends at once: both that today's servers are likely to choose.</summary>
    public static IReadOnlyList<NamedGroup> DefaultShares { get; } = [NamedGroup.X25519MLKem768, NamedGroup.X25519];

    public static bool IsPostQuantum(NamedGroup group) => group == NamedGroup.X25519MLKem768;

    public static bool IsKnown(ushort value) =>
        (NamedGroup)value is NamedGroup.Secp256r1 or NamedGroup.Secp384r1 or NamedGroup.X25519 or NamedGroup.X25519MLKem768;
}
