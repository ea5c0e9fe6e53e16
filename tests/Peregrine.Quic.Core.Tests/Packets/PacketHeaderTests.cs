using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class PacketHeaderTests
{
    private const string Version1 = "00000001";

    [Fact]
    public void Coalesced_packets_are_walked_one_after_another()
    {
        byte[] initial = LongPacket("c3", "01020304", "05", "aabb", payload: 30);
        byte[] handshake = LongPacket("e0", "01020304", "05", token: null, payload: 40);
        byte[] oneRtt = [0x40, 1, 2, 3, 4, .. new byte[25]];
        byte[] datagram = [.. initial, .. handshake, .. oneRtt];

        Assert.True(PacketHeader.TryParse(datagram, 4, out var first));
        Assert.Equal(PacketType.Initial, first.Type);
        Assert.Equal(initial.Length, first.Length);
        Assert.Equal("aabb", Hex.Text(first.Token(datagram)));
        Assert.Equal(initial.Length - 30, first.PacketNumberOffset);
        Assert.Equal(Hex.Id("01020304"), first.DestinationConnectionId);
        Assert.Equal(Hex.Id("05"), first.SourceConnectionId);

        var rest = datagram.AsSpan(first.Length);
        Assert.True(PacketHeader.TryParse(rest, 4, out var second));
        Assert.Equal(PacketType.Handshake, second.Type);
        Assert.Equal(handshake.Length, second.Length);
        Assert.Equal(0, second.TokenLength);

        rest = rest[second.Length..];
        Assert.True(PacketHeader.TryParse(rest, 4, out var third));
        Assert.Equal(PacketType.OneRtt, third.Type);
        Assert.Equal(rest.Length, third.Length);
        Assert.Equal(5, third.PacketNumberOffset);
        Assert.Equal(Hex.Id("01020304"), third.DestinationConnectionId);
    }

    [Theory]
    [InlineData("c0", nameof(PacketType.Initial))]
    [InlineData("d0", nameof(PacketType.ZeroRtt))]
    [InlineData("e0", nameof(PacketType.Handshake))]
    public void The_type_bits_tell_the_long_packets_apart(string first, string name)
    {
        var type = Enum.Parse<PacketType>(name);
        Assert.True(PacketHeader.TryParse(LongPacket(first, "01", "02", type == PacketType.Initial ? "" : null, 20), 0, out var header));
        Assert.Equal(type, header.Type);
        Assert.Equal(QuicVersion.V1, header.Version);
    }

    // RFC 9000 §17.2, §17.3.1; robustness V8
    [Fact]
    public void The_fixed_bit_must_be_set()
    {
        Assert.False(PacketHeader.TryParse(LongPacket("80", "01", "02", "", 20), 0, out _));
        Assert.False(PacketHeader.TryParse(new byte[30], 8, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("40")]
    [InlineData("40 01 02")]
    [InlineData("c0")]
    [InlineData("c0 00000001 00 00")]
    [InlineData("c0 00000001 15 000000000000000000000000000000000000000000 00 00 00")]
    [InlineData("c0 00000001 00 15 000000000000000000000000000000000000000000 00 00")]
    [InlineData("c0 00000001 00 00 05 aabb 00")]
    [InlineData("c0 00000001 00 00 00 01")]
    [InlineData("c0 00000001 00 00 00 ffffffffffffffff 00")]
    [InlineData("c0 00000001 00 00 ffffffffffffffff 00")]
    [InlineData("c0 00000002 00 00 00 00")]
    [InlineData("c0 6b3343cf 00 00 00 00")]
    public void Garbage_and_other_versions_are_refused(string datagram) =>
        Assert.False(PacketHeader.TryParse(Hex.Bytes(datagram), 8, out _));

    [Fact]
    public void A_packet_cut_anywhere_is_refused_or_is_shorter_than_the_datagram()
    {
        var whole = LongPacket("c3", "0102030405060708", "0506", "aabbccdd", payload: 30);
        for (var length = 0; length < whole.Length; length++)
            Assert.False(PacketHeader.TryParse(whole.AsSpan(0, length), 8, out _));
    }

    // RFC 8999 §5
    [Fact]
    public void The_invariants_of_an_unknown_version_are_read_with_ids_of_any_length()
    {
        byte[] datagram = [0x80, 0xfa, 0xce, 0xb0, 0x0c, 255, .. new byte[255], 30, .. new byte[30], 1, 2, 3];
        Assert.True(InvariantHeader.TryParse(datagram, out var header));
        Assert.True(header.IsLong);
        Assert.Equal(0xfaceb00cu, header.Version);
        Assert.Equal(255, header.DestinationConnectionId.Length);
        Assert.Equal(30, header.SourceConnectionId.Length);
        Assert.Equal(datagram.Length - 3, header.Length);
        Assert.False(PacketHeader.TryParse(datagram, 8, out _));

        Assert.True(InvariantHeader.TryParse([0x00], out header));
        Assert.False(header.IsLong);
        Assert.False(InvariantHeader.TryParse([], out _));
    }

    [Fact]
    public void Every_header_written_is_parsed_back()
    {
        var random = new Random(17);
        for (var i = 0; i < 2_000; i++)
        {
            var type = (PacketType)random.Next(3);
            var destination = ConnectionId.Random(new PseudoRandom(i), random.Next(21));
            var source = ConnectionId.Random(new PseudoRandom(-i), random.Next(21));
            var token = new byte[type == PacketType.Initial ? random.Next(200) : 0];
            var packetNumberLength = random.Next(1, 5);
            var headerLength = LongHeader.Length(type, destination.Length, source.Length, token.Length, packetNumberLength);
            var packet = new byte[headerLength + random.Next(20, 900)];
            var writer = new SpanWriter(packet);
            var offset = LongHeader.Write(ref writer, type, QuicVersion.V1, destination, source, token, 99, packetNumberLength);
            Assert.Equal(headerLength, writer.Position);
            LongHeader.PatchLength(packet, offset);

            Assert.True(PacketHeader.TryParse([.. packet, 1, 2, 3], 0, out var header));
            Assert.Equal(type, header.Type);
            Assert.Equal(destination, header.DestinationConnectionId);
            Assert.Equal(source, header.SourceConnectionId);
            Assert.Equal(token.Length, header.TokenLength);
            Assert.Equal(offset, header.PacketNumberOffset);
            Assert.Equal(packet.Length, header.Length);
        }
    }

    [Fact]
    public void Mutated_datagrams_are_walked_to_an_end_without_an_exception()
    {
        var random = new Random(8999);
        byte[][] seeds =
        [
            [.. LongPacket("c3", "01020304", "05", "aabb", 30), .. LongPacket("e0", "01020304", "05", null, 40), 0x40, 1, 2, 3, 4, 5],
            [.. LongPacket("d0", "", "", null, 20), .. new byte[40]],
            Hex.Bytes(Rfc9001Vectors.RetryPacket),
            Hex.Bytes("ca 00000000 04 01020304 01 05 1a2a3a4a 00000001"),
        ];
        for (var i = 0; i < 200_000; i++)
        {
            var datagram = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (var count = random.Next(1, 5); count > 0; count--)
                datagram[random.Next(Math.Min(datagram.Length, 24))] = (byte)random.Next(256);
            ReadOnlySpan<byte> rest = datagram.AsSpan(0, random.Next(datagram.Length + 1));
            _ = VersionNegotiationPacket.TryParse(rest, out _);
            _ = RetryPacket.TryParse(rest, out _);
            while (PacketHeader.TryParse(rest, 4, out var header))
            {
                Assert.True(header.Length > 0 && header.Length <= rest.Length);
                Assert.True(header.PacketNumberOffset <= header.Length);
                _ = header.Token(rest);
                rest = rest[header.Length..];
            }
        }
    }

    private static byte[] LongPacket(string first, string destination, string source, string? token, int payload)
    {
        var d = Hex.Bytes(destination);
        var s = Hex.Bytes(source);
        var t = token is null ? [] : FrameBytes.Of((ulong)Hex.Bytes(token).Length, Hex.Bytes(token));
        return
        [
            .. Hex.Bytes(first), .. Hex.Bytes(Version1), (byte)d.Length, .. d, (byte)s.Length, .. s, .. t,
            .. FrameBytes.VarInt((ulong)payload, 2), .. new byte[payload],
        ];
    }
}
