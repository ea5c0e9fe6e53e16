using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class PacketProtectionTests
{
    /// <summary>Cipher suites by their numbers, each with a short and a long header.</summary>
    public static TheoryData<int, bool> Suites => new()
    {
        { 0x1301, false }, { 0x1301, true }, { 0x1302, false }, { 0x1302, true }, { 0x1303, false }, { 0x1303, true },
    };

    // Robustness V8
    [Theory]
    [MemberData(nameof(Suites))]
    public void A_packet_with_any_bit_changed_never_opens_and_never_throws(int suite, bool isLong)
    {
        using var keys = Keys((CipherSuite)suite);
        var sealedPacket = Sealed(keys, isLong, out var offset);
        for (var at = 0; at < sealedPacket.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var packet = (byte[])sealedPacket.Clone();
                packet[at] ^= (byte)(1 << bit);
                Assert.False(TryOpen(keys, packet, offset, out _));
            }
        }

        Assert.True(TryOpen(keys, sealedPacket, offset, out var payload));
        Assert.Equal("the payload", System.Text.Encoding.ASCII.GetString(payload));
    }

    // Robustness V8: the sample would stand beyond the packet's end.
    [Theory]
    [MemberData(nameof(Suites))]
    public void A_packet_cut_anywhere_never_opens_and_never_throws(int suite, bool isLong)
    {
        using var keys = Keys((CipherSuite)suite);
        var sealedPacket = Sealed(keys, isLong, out var offset);
        for (var length = offset; length < sealedPacket.Length; length++)
        {
            var packet = sealedPacket.AsSpan(0, length).ToArray();
            Assert.Equal(
                length >= offset + PacketProtection.MinLengthAfterHeader,
                PacketProtection.TryRemoveHeaderProtection(keys.Header, packet, offset, 0, out _, out _));
            Assert.False(TryOpen(keys, sealedPacket.AsSpan(0, length).ToArray(), offset, out _));
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Another_key_or_packet_number_does_not_open_it(int suite, bool isLong)
    {
        using var keys = Keys((CipherSuite)suite);
        using var others = DirectionKeys.Derive((CipherSuite)suite, new byte[CipherSuites.HashLength((CipherSuite)suite)]);
        var packet = Sealed(keys, isLong, out var offset);

        Assert.False(TryOpen(others, (byte[])packet.Clone(), offset, out _));

        // One window too far: the truncated number means another one.
        Assert.True(PacketProtection.TryRemoveHeaderProtection(keys.Header, packet, offset, 0x1_0000, out var number, out var length));
        Assert.NotEqual(0x1234UL, number);
        Assert.False(PacketProtection.TryOpen(keys.Payload, packet, offset, length, number, out _));
    }

    // RFC 9000 §17.2, §17.3.1: shown to the caller, who judges them after the packet has opened.
    [Theory]
    [InlineData(0xc1, false)]
    [InlineData(0xc5, true)]
    [InlineData(0xc9, true)]
    [InlineData(0x41, false)]
    [InlineData(0x45, false)]
    [InlineData(0x61, false)]
    [InlineData(0x49, true)]
    [InlineData(0x51, true)]
    public void Reserved_bits_do_not_keep_a_packet_from_opening(byte first, bool reserved)
    {
        using var keys = Keys(CipherSuite.Aes128GcmSha256);
        var packet = new byte[60];
        packet[0] = first;
        packet[10] = 0x12;
        packet[11] = 0x34;
        PacketProtection.Seal(keys, packet, 10, 2, 0x1234);
        Assert.True(TryOpen(keys, packet, 10, out _));
        Assert.Equal(first, packet[0]);
        Assert.Equal(reserved, HeaderBits.HasReservedBits(packet[0]));
    }

    [Fact]
    public void A_packet_without_payload_opens_to_an_empty_one()
    {
        using var keys = Keys(CipherSuite.ChaCha20Poly1305Sha256);
        var packet = new byte[1 + 4 + 16];
        packet[0] = 0x43;
        PacketProtection.Seal(keys, packet, 1, 4, 0);
        Assert.True(TryOpen(keys, packet, 1, out var payload));
        Assert.True(payload.IsEmpty);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Sealing_and_opening_allocate_nothing(int suite, bool isLong)
    {
        using var keys = Keys((CipherSuite)suite);
        var packet = Sealed(keys, isLong, out var offset);
        Assert.True(TryOpen(keys, packet, offset, out _));
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            PacketProtection.Seal(keys, packet, offset, 2, 0x1234);
            var opened = TryOpen(keys, packet, offset, out _);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(opened);
            if (i > 0)
                Assert.Equal(0, allocated);
        }
    }

    private static DirectionKeys Keys(CipherSuite suite)
    {
        var secret = new byte[CipherSuites.HashLength(suite)];
        new Random(9001).NextBytes(secret);
        return DirectionKeys.Derive(suite, secret);
    }

    private static byte[] Sealed(DirectionKeys keys, bool isLong, out int packetNumberOffset)
    {
        var payload = "the payload"u8;
        var packet = new byte[100];
        var writer = new SpanWriter(packet);
        packetNumberOffset = isLong
            ? LongHeader.Write(ref writer, PacketType.Handshake, QuicVersion.V1, Hex.Id("0102"), Hex.Id("03"), default, 0x1234, 2)
            : ShortHeader.Write(ref writer, Hex.Id("0102"), spin: true, keyPhase: true, 0x1234, 2);
        writer.WriteBytes(payload);
        packet = packet[..(writer.Position + IPacketAead.TagLength)];
        if (isLong)
            LongHeader.PatchLength(packet, packetNumberOffset);
        PacketProtection.Seal(keys, packet, packetNumberOffset, 2, 0x1234);
        return packet;
    }

    private static bool TryOpen(DirectionKeys keys, byte[] packet, int offset, out Span<byte> payload)
    {
        payload = default;
        return PacketProtection.TryRemoveHeaderProtection(keys.Header, packet, offset, 0x1234, out var number, out var length) &&
            PacketProtection.TryOpen(keys.Payload, packet, offset, length, number, out payload);
    }
}
