using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class RetryAndResetTests
{
    // Robustness V5
    [Fact]
    public void A_Retry_of_any_length_is_read_or_refused_quietly()
    {
        for (var length = 0; length <= 64; length++)
        {
            var datagram = new byte[length];
            Hex.Bytes("f0 00000001 00 00").AsSpan(0, Math.Min(7, length)).CopyTo(datagram);

            // Seven bytes of header, a token of at least one, a tag of sixteen.
            Assert.Equal(length >= 24, RetryPacket.TryParse(datagram, out var retry));
            if (length < 24)
                continue;
            Assert.Equal(length - 23, retry.Token.Length);
            Assert.False(retry.HasValidTag(ConnectionId.Empty));
        }
    }

    [Fact]
    public void A_Retry_with_any_byte_changed_or_for_another_connection_has_no_valid_tag()
    {
        var original = Hex.Id("0102030405060708");
        var written = new byte[RetryPacket.MaxLength];
        var length = RetryPacket.Write(written, Hex.Id("aa"), Hex.Id("bbcc"), new byte[100], original);
        Assert.Equal(RetryPacket.Length(1, 2, 100), length);
        var packet = written.AsSpan(0, length).ToArray();

        Assert.True(RetryPacket.TryParse(packet, out var retry));
        Assert.True(retry.HasValidTag(original));
        Assert.False(retry.HasValidTag(Hex.Id("0102030405060709")));
        Assert.False(retry.HasValidTag(ConnectionId.Empty));
        for (var i = 0; i < packet.Length; i++)
        {
            packet[i] ^= 1;
            Assert.False(RetryPacket.TryParse(packet, out retry) && retry.HasValidTag(original));
            packet[i] ^= 1;
        }
    }

    [Fact]
    public void A_Retry_longer_than_we_believe_is_refused()
    {
        foreach (var length in (int[])[RetryPacket.MaxLength, RetryPacket.MaxLength + 1, 65527])
        {
            var datagram = new byte[length];
            Hex.Bytes("f0 00000001 00 00").CopyTo(datagram, 0);
            Assert.Equal(length <= RetryPacket.MaxLength, RetryPacket.TryParse(datagram, out var retry));
            if (length <= RetryPacket.MaxLength)
                Assert.False(retry.HasValidTag(Hex.Id("0102030405060708090a0b0c0d0e0f1011121314")));
        }
    }

    // RFC 9000 §17.2.1, §6.3
    [Fact]
    public void Version_negotiation_echoes_the_ids_and_offers_version_1_and_a_reserved_one()
    {
        var clientDestination = new byte[255];
        var clientSource = Hex.Bytes("a1a2a3");
        var datagram = new byte[VersionNegotiationPacket.Length(255, 3)];
        Assert.Equal(datagram.Length, VersionNegotiationPacket.Write(datagram, clientDestination, clientSource, random: 0x12345678));

        Assert.Equal(0xc0, datagram[0] & 0xc0);
        Assert.True(VersionNegotiationPacket.TryParse(datagram, out var packet));
        Assert.Equal(clientSource, packet.DestinationConnectionId.ToArray());
        Assert.Equal(clientDestination, packet.SourceConnectionId.ToArray());
        Assert.True(packet.Contains(QuicVersion.V1));
        Assert.True(packet.Contains(0x1a3a5a7a));
        Assert.False(packet.Contains(QuicVersion.V2));
        Assert.True(QuicVersion.IsReserved(0x1a3a5a7a));
    }

    // Robustness H13
    [Theory]
    [InlineData("80 00000000 00 00", false)]
    [InlineData("80 00000000 00 00 000000", false)]
    [InlineData("80 00000000 00 00 00000001", true)]
    [InlineData("80 00000000 00 00 00000001 00", false)]
    [InlineData("80 00000000 05 00", false)]
    [InlineData("80 00000001 00 00 00000001", false)]
    [InlineData("00 00000000 00 00 00000001", false)]
    public void Version_negotiation_of_odd_size_or_without_versions_is_refused(string datagram, bool valid) =>
        Assert.Equal(valid, VersionNegotiationPacket.TryParse(Hex.Bytes(datagram), out _));

    // RFC 9000 §10.3.3; robustness C4: two endpoints resetting each other come to an end.
    [Fact]
    public void A_reset_is_always_shorter_than_what_it_answers()
    {
        for (var trigger = 0; trigger < 2000; trigger++)
        {
            var length = StatelessReset.LengthFor(trigger);
            Assert.True(length == 0 ? trigger <= StatelessReset.MinLength : length < trigger && length >= StatelessReset.MinLength);
        }
    }

    [Fact]
    public void A_reset_looks_like_a_short_header_packet_and_matches_by_its_last_bytes()
    {
        var token = StatelessResetToken.FromSpan(Hex.Bytes("000102030405060708090a0b0c0d0e0f"));
        var other = StatelessResetToken.FromSpan(Hex.Bytes("000102030405060708090a0b0c0d0e0e"));
        for (var seed = 0; seed < 100; seed++)
        {
            var datagram = new byte[StatelessReset.LengthFor(43)];
            StatelessReset.Write(datagram, token, new PseudoRandom(seed));
            Assert.Equal(0x40, datagram[0] & 0xc0);
            Assert.True(StatelessReset.Matches(datagram, [other, token]));
            Assert.True(StatelessReset.Matches(datagram, [token, other]));
            Assert.False(StatelessReset.Matches(datagram, [other]));
            Assert.False(StatelessReset.Matches(datagram.AsSpan(^20..), [token]));
        }
    }

    // Robustness C4: no token registered means that nothing matches, not even zeros.
    [Fact]
    public void Zeros_match_no_token_when_none_was_given() => Assert.False(StatelessReset.Matches(new byte[64], []));

    [Fact]
    public void A_token_never_prints_itself()
    {
        var token = StatelessResetToken.FromSpan(Hex.Bytes("000102030405060708090a0b0c0d0e0f"));
        Assert.DoesNotContain("0a", token.ToString(), StringComparison.Ordinal);
    }
}
