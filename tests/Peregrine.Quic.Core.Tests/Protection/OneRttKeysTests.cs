using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

// RFC 9001 §6
public sealed class OneRttKeysTests
{
    private static readonly Duration KeepPrevious = Duration.FromMilliseconds(300);
    private static readonly AeadLimits NoLimits = new(ulong.MaxValue, ulong.MaxValue);

    [Fact]
    public void Packets_go_both_ways_in_phase_zero()
    {
        using var pair = new Pair();
        Assert.True(pair.Deliver(pair.Client.Seal(0)));
        Assert.True(pair.Deliver(pair.Server.Seal(0)));
        Assert.False(pair.Client.Keys.KeyPhase);
    }

    [Fact]
    public void An_update_of_one_side_is_answered_by_the_other()
    {
        using var pair = new Pair();
        pair.ConfirmAndAcknowledge();
        pair.Client.Keys.InitiateUpdate();
        Assert.True(pair.Client.Keys.KeyPhase);

        Assert.True(pair.Deliver(pair.Client.Seal(5)));
        Assert.True(pair.Server.Keys.KeyPhase);
        Assert.Equal(1UL, pair.Server.Keys.Updates);
        Assert.True(pair.Deliver(pair.Server.Seal(5)));
        Assert.Equal(1UL, pair.Client.Keys.Updates);
    }

    [Fact]
    public void Nobody_updates_before_the_handshake_is_confirmed_and_a_packet_of_the_phase_acknowledged()
    {
        using var pair = new Pair();
        var keys = pair.Client.Keys;
        Assert.False(keys.CanInitiateUpdate);
        keys.OnHandshakeConfirmed();
        Assert.False(keys.CanInitiateUpdate);
        pair.Client.Seal(7);
        keys.OnAcknowledged(6);
        Assert.False(keys.CanInitiateUpdate);
        keys.OnAcknowledged(7);
        Assert.True(keys.CanInitiateUpdate);

        keys.InitiateUpdate();
        keys.OnAcknowledged(7);
        Assert.False(keys.CanInitiateUpdate);
        pair.Client.Seal(8);
        keys.OnAcknowledged(7);
        Assert.False(keys.CanInitiateUpdate);
    }

    // RFC 9001 §6.5
    [Fact]
    public void Packets_of_the_old_phase_that_were_delayed_still_open_for_a_while()
    {
        using var pair = new Pair();
        pair.ConfirmAndAcknowledge();
        var early = pair.Client.Seal(5);
        var late = pair.Client.Seal(6);
        pair.Client.Keys.InitiateUpdate();

        pair.Now = new Instant(1_000_000);
        Assert.True(pair.Deliver(pair.Client.Seal(7)));
        Assert.True(pair.Deliver(early));
        Assert.Equal(pair.Now + KeepPrevious, pair.Server.Keys.NextTimeout);

        pair.Server.Keys.OnTimeout(pair.Now + KeepPrevious);
        Assert.True(pair.Server.Keys.NextTimeout.IsNever);
        Assert.False(pair.Deliver(late));
        Assert.Null(pair.LastFault);
        Assert.Equal(1UL, pair.Server.Keys.Updates);
    }

    // RFC 9001 §6.1: until something of the new phase has come.
    [Fact]
    public void Who_initiates_keeps_the_old_read_key_until_the_peer_has_followed()
    {
        using var pair = new Pair();
        pair.ConfirmAndAcknowledge();
        pair.Client.Keys.InitiateUpdate();
        Assert.True(pair.Client.Keys.NextTimeout.IsNever);
        pair.Client.Keys.OnTimeout(new Instant(long.MaxValue - 1));

        for (ulong number = 5; number < 10; number++)
            Assert.True(pair.Deliver(pair.Server.Seal(number)));
        Assert.Equal(1UL, pair.Client.Keys.Updates);

        Assert.True(pair.Deliver(pair.Client.Seal(10)));
        Assert.True(pair.Deliver(pair.Server.Seal(10)));
        Assert.Equal(pair.Now + KeepPrevious, pair.Client.Keys.NextTimeout);
    }

    // RFC 9001 §6.2; robustness T5
    [Fact]
    public void A_second_update_before_the_first_was_acknowledged_is_a_key_update_error()
    {
        using var pair = new Pair();
        pair.ConfirmAndAcknowledge();
        pair.Client.Keys.InitiateUpdate();
        Assert.True(pair.Deliver(pair.Client.Seal(5)));

        // The client pretends to have seen an acknowledgement.
        pair.Client.ForceUpdate();
        Assert.False(pair.Deliver(pair.Client.Seal(6)));
        Assert.Equal((ulong)TransportErrorCode.KeyUpdateError, pair.LastFault!.Code);
    }

    [Fact]
    public void A_second_update_after_the_first_was_acknowledged_is_followed()
    {
        using var pair = new Pair();
        pair.ConfirmAndAcknowledge();
        pair.Client.Keys.InitiateUpdate();
        Assert.True(pair.Deliver(pair.Client.Seal(5)));
        pair.Server.Keys.OnAckSent();

        pair.Client.ForceUpdate();
        Assert.True(pair.Deliver(pair.Client.Seal(6)));
        Assert.Equal(2UL, pair.Server.Keys.Updates);
        Assert.False(pair.Server.Keys.KeyPhase);
    }

    // Robustness T5: the phase bit alone moves nothing.
    [Fact]
    public void A_forged_packet_with_the_other_phase_changes_nothing()
    {
        using var pair = new Pair();
        for (ulong number = 0; number < 20; number++)
        {
            var forged = pair.Client.Seal(number);
            forged[^1] ^= 1;
            forged[0] ^= HeaderBits.KeyPhase;
            Assert.False(pair.Deliver(forged));
        }

        Assert.Equal(0UL, pair.Server.Keys.Updates);
        Assert.Equal(20UL, pair.Server.Keys.Forged);
        Assert.True(pair.Deliver(pair.Client.Seal(20)));
    }

    // RFC 9001 §6.6; robustness T6
    [Fact]
    public void At_the_integrity_limit_the_connection_ends_and_opens_nothing_more()
    {
        using var pair = new Pair(new AeadLimits(ulong.MaxValue, Integrity: 3));
        for (ulong number = 0; number < 3; number++)
        {
            Assert.Null(pair.LastFault);
            var forged = pair.Client.Seal(number);
            forged[^1] ^= 1;
            Assert.False(pair.Deliver(forged));
        }

        Assert.Equal((ulong)TransportErrorCode.AeadLimitReached, pair.LastFault!.Code);
        Assert.False(pair.Deliver(pair.Client.Seal(3)));
    }

    // RFC 9001 §6.6; robustness T6
    [Fact]
    public void A_worn_key_is_updated_before_its_confidentiality_limit()
    {
        using var pair = new Pair(new AeadLimits(Confidentiality: 16, ulong.MaxValue));
        pair.ConfirmAndAcknowledge();
        for (ulong number = 5; number < 100; number++)
        {
            Assert.True(pair.Client.Keys.TryPrepareSeal(out _));
            Assert.True(pair.Deliver(pair.Client.Seal(number)));
            pair.Server.Keys.OnAckSent();
            Assert.True(pair.Server.Keys.TryPrepareSeal(out _));
            Assert.True(pair.Deliver(pair.Server.Seal(number)));
            pair.Client.Keys.OnAckSent();
            pair.Client.Keys.OnAcknowledged(number);
            pair.Client.Keys.OnTimeout(Instant.Never);
            pair.Server.Keys.OnTimeout(Instant.Never);
        }

        Assert.True(pair.Client.Keys.Updates > 5);
        Assert.Equal(pair.Client.Keys.Updates, pair.Server.Keys.Updates);
    }

    [Fact]
    public void Where_no_update_is_possible_a_reserve_for_the_close_is_kept_below_the_limit()
    {
        using var pair = new Pair(new AeadLimits(Confidentiality: 16, ulong.MaxValue));
        ulong sent = 0;
        QuicFault? fault;
        while (pair.Client.Keys.TryPrepareSeal(out fault))
            pair.Client.Seal(sent++);

        Assert.Equal((ulong)TransportErrorCode.AeadLimitReached, fault!.Code);
        Assert.Equal(14UL, sent);
        Assert.True(pair.Client.Keys.CanSealClose);
        pair.Client.Seal(sent++);
        pair.Client.Seal(sent);
        Assert.False(pair.Client.Keys.CanSealClose);
    }

    [Theory]
    [InlineData(0x1301, 1UL << 23, 1UL << 52)]
    [InlineData(0x1302, 1UL << 23, 1UL << 52)]
    [InlineData(0x1303, 1UL << 62, 1UL << 36)]
    public void The_limits_are_those_of_the_RFC(int suite, ulong confidentiality, ulong integrity) =>
        Assert.Equal(new AeadLimits(confidentiality, integrity), AeadLimits.Of((CipherSuite)suite));

    private sealed class Pair : IDisposable
    {
        private readonly byte[] _clientSecret = [.. Enumerable.Repeat((byte)1, 32)];
        private readonly byte[] _serverSecret = [.. Enumerable.Repeat((byte)2, 32)];

        public Pair()
            : this(NoLimits)
        {
        }

        public Pair(AeadLimits limits)
        {
            Client = new Side(_serverSecret, _clientSecret, limits);
            Server = new Side(_clientSecret, _serverSecret, limits);
        }

        public Side Client { get; }

        public Side Server { get; }

        public Instant Now { get; set; } = new(1);

        public QuicFault? LastFault { get; private set; }

        /// <summary>To whichever side it is for: the byte of the connection ID says who sent it.</summary>
        public bool Deliver(byte[] packet)
        {
            packet = [.. packet];
            var receiver = packet[1] == Client.Name ? Server : Client;
            var header = receiver.Keys.ReadHeader!;
            Assert.True(PacketProtection.TryRemoveHeaderProtection(header, packet, 2, receiver.Expected, out var number, out var length));
            var opened = receiver.Keys.TryOpen(packet, 2, length, number, Now, KeepPrevious, out var payload, out var fault);
            LastFault = fault ?? LastFault;
            if (opened)
            {
                receiver.Expected = Math.Max(receiver.Expected, number + 1);
                Assert.Equal(20, payload.Length);
            }

            return opened;
        }

        public void ConfirmAndAcknowledge()
        {
            foreach (var side in (Side[])[Client, Server])
            {
                side.Keys.OnHandshakeConfirmed();
                Assert.True(Deliver(side.Seal(0)));
                side.Keys.OnAcknowledged(0);
            }
        }

        public void Dispose()
        {
            Client.Keys.Dispose();
            Server.Keys.Dispose();
        }
    }

    private sealed class Side(byte[] readSecret, byte[] writeSecret, AeadLimits limits)
    {
        public OneRttKeys Keys { get; } = WithRead(new(CipherSuite.Aes128GcmSha256, writeSecret, limits), readSecret);

        public byte Name => writeSecret[0];

        public ulong Expected { get; set; }

        public byte[] Seal(ulong number)
        {
            var packet = new byte[1 + 1 + 2 + 20 + IPacketAead.TagLength];
            var writer = new SpanWriter(packet);
            ShortHeader.Write(ref writer, ConnectionId.FromSpan([Name]), spin: false, Keys.KeyPhase, number, 2);
            Keys.Seal(packet, 2, 2, number);
            return packet;
        }

        /// <summary>What an impatient peer does.</summary>
        public void ForceUpdate()
        {
            Keys.OnAcknowledged(ulong.MaxValue);
            Keys.OnTimeout(Instant.Never);
            Assert.True(Keys.CanInitiateUpdate);
            Keys.InitiateUpdate();
        }

        private static OneRttKeys WithRead(OneRttKeys keys, byte[] secret)
        {
            keys.InstallRead(secret);
            return keys;
        }
    }
}
