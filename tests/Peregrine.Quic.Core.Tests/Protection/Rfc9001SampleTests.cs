using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

// RFC 9001 Appendix A
public sealed class Rfc9001SampleTests
{
    [Theory]
    [InlineData(false, "9f50449e04a0e810283a1e9933adedd2", "d1b1c98dd7689fb8ec11d242b123dc9b", "437b9aec36")]
    [InlineData(true, "c206b8d9b9f0f37644430b490eeaa314", "2cd0991cd25b0aac406a5816b6394100", "2ec0d8356a")]
    public void Initial_header_masks_follow_from_the_client_connection_id(bool isServer, string headerKey, string sample, string mask)
    {
        using var keys = InitialKeys.Derive(QuicVersion.V1, Hex.Id(Rfc9001Vectors.ClientDestinationId), isServer);
        using var direct = HeaderProtection.Create(CipherSuite.Aes128GcmSha256, Hex.Bytes(headerKey));

        Assert.Equal(mask, MaskOf(keys.Write.Header, sample));
        Assert.Equal(mask, MaskOf(direct, sample));
    }

    [Fact]
    public void Client_Initial_is_sealed_byte_for_byte()
    {
        var packet = Unsealed(Rfc9001Vectors.ClientHeader, Rfc9001Vectors.ClientPayload());
        using var keys = InitialKeys.Derive(QuicVersion.V1, Hex.Id(Rfc9001Vectors.ClientDestinationId), isServer: false);

        PacketProtection.Seal(keys.Write, packet, packetNumberOffset: 18, packetNumberLength: 4, packetNumber: 2);

        Assert.Equal(Hex.Text(Hex.Bytes(Rfc9001Vectors.ClientPacket)), Hex.Text(packet));
    }

    [Fact]
    public void Client_Initial_is_opened_by_the_server()
    {
        var packet = Hex.Bytes(Rfc9001Vectors.ClientPacket);
        using var keys = InitialKeys.Derive(QuicVersion.V1, Hex.Id(Rfc9001Vectors.ClientDestinationId), isServer: true);

        Assert.True(PacketHeader.TryParse(packet, 0, out var header));
        Assert.Equal(PacketType.Initial, header.Type);
        Assert.Equal(18, header.PacketNumberOffset);
        Assert.Equal(packet.Length, header.Length);
        Assert.True(PacketProtection.TryRemoveHeaderProtection(keys.Read.Header, packet, 18, 0, out var number, out var length));
        Assert.Equal(2UL, number);
        Assert.Equal(4, length);
        Assert.True(PacketProtection.TryOpen(keys.Read.Payload, packet, 18, length, number, out var payload));
        Assert.Equal(Hex.Text(Rfc9001Vectors.ClientPayload()), Hex.Text(payload));
        Assert.False(HeaderBits.HasReservedBits(packet[0]));
    }

    [Fact]
    public void Server_Initial_is_sealed_byte_for_byte()
    {
        var packet = Unsealed(Rfc9001Vectors.ServerHeader, Hex.Bytes(Rfc9001Vectors.ServerPayload));
        using var keys = InitialKeys.Derive(QuicVersion.V1, Hex.Id(Rfc9001Vectors.ClientDestinationId), isServer: true);

        PacketProtection.Seal(keys.Write, packet, packetNumberOffset: 18, packetNumberLength: 2, packetNumber: 1);

        Assert.Equal(Hex.Text(Hex.Bytes(Rfc9001Vectors.ServerPacket)), Hex.Text(packet));
    }

    [Fact]
    public void Server_Initial_is_opened_by_the_client()
    {
        var packet = Hex.Bytes(Rfc9001Vectors.ServerPacket);
        using var keys = InitialKeys.Derive(QuicVersion.V1, Hex.Id(Rfc9001Vectors.ClientDestinationId), isServer: false);

        Assert.True(PacketProtection.TryRemoveHeaderProtection(keys.Read.Header, packet, 18, 0, out var number, out var length));
        Assert.Equal(1UL, number);
        Assert.Equal(2, length);
        Assert.True(PacketProtection.TryOpen(keys.Read.Payload, packet, 18, length, number, out var payload));
        Assert.Equal(Hex.Text(Hex.Bytes(Rfc9001Vectors.ServerPayload)), Hex.Text(payload));
    }

    [Fact]
    public void The_writers_give_the_RFCs_headers()
    {
        var packet = new byte[22 + 1162 + IPacketAead.TagLength];
        var writer = new SpanWriter(packet);
        var offset = LongHeader.Write(
            ref writer, PacketType.Initial, QuicVersion.V1, Hex.Id(Rfc9001Vectors.ClientDestinationId), ConnectionId.Empty, default, 2, 4);
        LongHeader.PatchLength(packet, offset);

        Assert.Equal(18, offset);
        Assert.Equal(Rfc9001Vectors.ClientHeader, Hex.Text(writer.Written));
        Assert.Equal(22, LongHeader.Length(PacketType.Initial, 8, 0, 0, 4));

        writer = new SpanWriter(packet);
        ShortHeader.Write(ref writer, ConnectionId.Empty, spin: false, keyPhase: false, 654360564, 3);
        Assert.Equal("4200bff4", Hex.Text(writer.Written));
    }

    [Fact]
    public void Retry_carries_the_RFCs_tag()
    {
        var expected = Hex.Bytes(Rfc9001Vectors.RetryPacket);
        var original = Hex.Id(Rfc9001Vectors.ClientDestinationId);
        var written = new byte[expected.Length];

        var length = RetryPacket.Write(written, ConnectionId.Empty, Hex.Id("f067a5502a4262b5"), "token"u8, original);

        Assert.Equal(expected.Length, length);
        Assert.Equal(Hex.Text(expected), Hex.Text(written));
        Assert.True(RetryPacket.TryParse(expected, out var retry));
        Assert.True(retry.HasValidTag(original));
        Assert.Equal("token"u8.ToArray(), retry.Token.ToArray());
        Assert.Equal(Hex.Id("f067a5502a4262b5"), retry.SourceConnectionId);
    }

    [Fact]
    public void ChaCha20_short_header_packet_is_sealed_byte_for_byte()
    {
        using var keys = DirectionKeys.Derive(CipherSuite.ChaCha20Poly1305Sha256, Hex.Bytes(Rfc9001Vectors.ChaChaSecret));
        var packet = Unsealed("4200bff4", [0x01]);

        PacketProtection.Seal(keys, packet, packetNumberOffset: 1, packetNumberLength: 3, packetNumber: 654360564);

        Assert.Equal("4cfe4189655e5cd55c41f69080575d7999c25a5bfb", Hex.Text(packet));
        Assert.Equal("aefefe7d03", MaskOf(keys.Header, "5e5cd55c41f69080575d7999c25a5bfb"));
    }

    [Fact]
    public void ChaCha20_short_header_packet_is_opened()
    {
        using var keys = DirectionKeys.Derive(CipherSuite.ChaCha20Poly1305Sha256, Hex.Bytes(Rfc9001Vectors.ChaChaSecret));
        var packet = Hex.Bytes("4cfe4189655e5cd55c41f69080575d7999c25a5bfb");

        Assert.True(PacketProtection.TryRemoveHeaderProtection(keys.Header, packet, 1, 654360564, out var number, out var length));
        Assert.Equal(654360564UL, number);
        Assert.True(PacketProtection.TryOpen(keys.Payload, packet, 1, length, number, out var payload));
        Assert.Equal("01", Hex.Text(payload));
    }

    [Fact]
    public void The_updated_secret_follows_by_quic_ku()
    {
        var secret = Hex.Bytes(Rfc9001Vectors.ChaChaSecret);
        using var generations = new KeyGenerations(CipherSuite.ChaCha20Poly1305Sha256, secret);
        using var updated = PayloadKey.Derive(
            CipherSuite.ChaCha20Poly1305Sha256, Hex.Bytes("1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9"));

        Assert.Equal(SealedWith(updated), SealedWith(generations.Next));
        Assert.False(string.Equals(SealedWith(updated), SealedWith(generations.Current), StringComparison.Ordinal));
    }

    private static string SealedWith(PayloadKey key)
    {
        var bytes = new byte[20];
        key.Seal(7, "header"u8, bytes);
        return Hex.Text(bytes);
    }

    private static string MaskOf(IHeaderProtection protection, string sample)
    {
        var mask = new byte[IHeaderProtection.MaskLength];
        protection.Mask(Hex.Bytes(sample), mask);
        return Hex.Text(mask);
    }

    private static byte[] Unsealed(string header, byte[] payload)
    {
        var head = Hex.Bytes(header);
        var packet = new byte[head.Length + payload.Length + IPacketAead.TagLength];
        head.CopyTo(packet, 0);
        payload.CopyTo(packet, head.Length);
        return packet;
    }
}
