using System.Diagnostics;

namespace Peregrine.Quic.Core;

/// <summary>
/// Puts protection on a packet and takes it off, in place (RFC 9001 §5.3, §5.4). Taking it off has two steps, since which key opens the
/// payload may depend on what the header shows. Nothing in the packet is to be believed before <see cref="TryOpen"/> says yes; then the
/// caller judges the reserved bits (<see cref="HeaderBits.HasReservedBits"/> of the first byte).
/// </summary>
internal static class PacketProtection
{
    /// <summary>The sample stands where the payload would begin if the packet number took four bytes.</summary>
    private const int SampleOffset = PacketNumber.MaxLength;

    /// <summary>What must follow the packet number's offset in any packet, for the sample: shorter ones are padded.</summary>
    public const int MinLengthAfterHeader = SampleOffset + IHeaderProtection.SampleLength;

    /// <summary>Seals a packet that is header, plaintext and <see cref="IPacketAead.TagLength"/> spare bytes.</summary>
    public static void Seal(DirectionKeys keys, Span<byte> packet, int packetNumberOffset, int packetNumberLength, ulong packetNumber) =>
        Seal(keys.Payload, keys.Header, packet, packetNumberOffset, packetNumberLength, packetNumber);

    public static void Seal(
        PayloadKey payload, IHeaderProtection header, Span<byte> packet, int packetNumberOffset, int packetNumberLength, ulong packetNumber)
    {
        Debug.Assert(packet.Length >= packetNumberOffset + MinLengthAfterHeader, "The packet needs padding for the sample.");
        Debug.Assert((packet[0] & HeaderBits.PacketNumberLength) + 1 == packetNumberLength);

        var payloadOffset = packetNumberOffset + packetNumberLength;
        payload.Seal(packetNumber, packet[..payloadOffset], packet[payloadOffset..]);

        Span<byte> mask = stackalloc byte[IHeaderProtection.MaskLength];
        header.Mask(Sample(packet, packetNumberOffset), mask);
        packet[0] ^= (byte)(mask[0] & HeaderBits.ProtectedMask(packet[0]));
        ApplyMask(packet.Slice(packetNumberOffset, packetNumberLength), mask);
    }

    /// <summary>
    /// Uncovers the first byte and the packet number; false when the packet is too short to have been sealed.
    /// <paramref name="packet"/> is exactly one packet (<see cref="PacketHeader.Length"/>).
    /// </summary>
    /// <param name="expectedPacketNumber">One more than the largest packet number processed in this space, or 0.</param>
    public static bool TryRemoveHeaderProtection(
        IHeaderProtection header, Span<byte> packet, int packetNumberOffset, ulong expectedPacketNumber,
        out ulong packetNumber, out int packetNumberLength)
    {
        packetNumber = 0;
        packetNumberLength = 0;
        if (packet.Length < packetNumberOffset + MinLengthAfterHeader)
            return false;

        Span<byte> mask = stackalloc byte[IHeaderProtection.MaskLength];
        header.Mask(Sample(packet, packetNumberOffset), mask);
        packet[0] ^= (byte)(mask[0] & HeaderBits.ProtectedMask(packet[0]));
        packetNumberLength = (packet[0] & HeaderBits.PacketNumberLength) + 1;

        var bytes = packet.Slice(packetNumberOffset, packetNumberLength);
        ApplyMask(bytes, mask);
        uint truncated = 0;
        foreach (var value in bytes)
            truncated = (truncated << 8) | value;
        packetNumber = PacketNumber.Decode(expectedPacketNumber, truncated, packetNumberLength);
        return true;
    }

    /// <summary>
    /// Opens the payload once header protection is off; false when it is forged or the key is wrong, and then all but the last 16 bytes of
    /// the packet are lost. The payload is borrowed from the packet and may be empty.
    /// </summary>
    public static bool TryOpen(
        PayloadKey key, Span<byte> packet, int packetNumberOffset, int packetNumberLength, ulong packetNumber, out Span<byte> payload)
    {
        var payloadOffset = packetNumberOffset + packetNumberLength;
        if (!key.TryOpen(packetNumber, packet[..payloadOffset], packet[payloadOffset..]))
        {
            payload = default;
            return false;
        }

        payload = packet[payloadOffset..^IPacketAead.TagLength];
        return true;
    }

    private static ReadOnlySpan<byte> Sample(ReadOnlySpan<byte> packet, int packetNumberOffset) =>
        packet.Slice(packetNumberOffset + SampleOffset, IHeaderProtection.SampleLength);

    private static void ApplyMask(Span<byte> packetNumber, ReadOnlySpan<byte> mask)
    {
        for (var i = 0; i < packetNumber.Length; i++)
            packetNumber[i] ^= mask[i + 1];
    }
}
