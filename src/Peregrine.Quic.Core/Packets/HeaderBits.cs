namespace Peregrine.Quic.Core;

/// <summary>The bits of a packet's first byte (RFC 9000 §17).</summary>
internal static class HeaderBits
{
    public const byte LongForm = 0x80;
    public const byte Fixed = 0x40;
    public const byte LongTypeMask = 0x30;
    public const int LongTypeShift = 4;
    public const byte LongReserved = 0x0c;
    public const byte Spin = 0x20;
    public const byte ShortReserved = 0x18;
    public const byte KeyPhase = 0x04;
    public const byte PacketNumberLength = 0x03;

    /// <summary>The bits that header protection covers (RFC 9001 §5.4.1).</summary>
    public static byte ProtectedMask(byte first) => (first & LongForm) != 0 ? (byte)0x0f : (byte)0x1f;

    /// <summary>
    /// True when a reserved bit is set in a first byte whose protection is off: PROTOCOL_VIOLATION, but only after the packet has been
    /// authenticated (RFC 9000 §17.2, §17.3.1).
    /// </summary>
    public static bool HasReservedBits(byte first) => (first & ((first & LongForm) != 0 ? LongReserved : ShortReserved)) != 0;
}
