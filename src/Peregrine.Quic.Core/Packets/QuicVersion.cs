namespace Peregrine.Quic.Core;

/// <summary>Version numbers as they stand in long headers.</summary>
internal static class QuicVersion
{
    /// <summary>Marks a Version Negotiation packet (RFC 8999 §6).</summary>
    public const uint Negotiation = 0;

    /// <summary>RFC 9000.</summary>
    public const uint V1 = 1;

    /// <summary>RFC 9369. Known by name; not spoken yet.</summary>
    public const uint V2 = 0x6b3343cf;

    public static bool IsSupported(uint version) => version == V1;

    /// <summary>The pattern 0x?a?a?a?a, reserved so that peers meet versions they do not know (RFC 9000 §15).</summary>
    public static bool IsReserved(uint version) => (version & 0x0f0f0f0f) == 0x0a0a0a0a;

    /// <summary>Turns random bits into a reserved version.</summary>
    public static uint MakeReserved(uint random) => (random & 0xf0f0f0f0) | 0x0a0a0a0a;
}
