using Peregrine.Wire;

namespace Peregrine.WebTransport;

/// <summary>
/// The capsule that asks the peer to finish soon; the session stays usable (draft-ietf-webtrans-http3 §4.7).
/// <code>
/// WT_DRAIN_SESSION Capsule {
///   Type (i) = 0x78ae,
///   Length (i) = 0
/// }
/// </code>
/// </summary>
internal static class DrainSessionCapsule
{
    public const int Length = 5;

    public static int Write(Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.WriteVarInt(CapsuleType.DrainSession);
        writer.WriteVarInt(0);
        return writer.Position;
    }
}
