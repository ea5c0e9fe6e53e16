using static Peregrine.Tls.Tests.HelloBuilder;

namespace Peregrine.Tls.Tests;

/// <summary>Messages at the wrong level, across levels, too long and too many (RFC 9001 §4.1.3; robustness T2, T3, T4).</summary>
public sealed class LevelTests
{
    [Fact]
    public void Bytes_behind_the_ServerHello_are_a_violation() => AssertViolation(
        (from, level, message) => from is TlsServer && level == EncryptionLevel.Initial ? [.. message, 8] : message, clientFails: true);

    [Fact]
    public void Bytes_behind_the_server_s_Finished_are_a_violation() => AssertViolation(
        (from, level, message) => from is TlsServer && message[0] == (byte)HandshakeType.Finished ? [.. message, 4] : message, clientFails: true);

    [Fact]
    public void Bytes_behind_the_client_s_Finished_are_a_violation() => AssertViolation(
        (from, level, message) => from is TlsClient && level == EncryptionLevel.Handshake ? [.. message, 4] : message, clientFails: false);

    [Fact]
    public void Bytes_behind_the_ClientHello_are_a_violation() => AssertViolation(
        (from, level, message) => from is TlsClient && level == EncryptionLevel.Initial ? [.. message, 4] : message, clientFails: false);

    [Fact]
    public void Messages_at_each_wrong_level_are_a_violation()
    {
        foreach (var level in Enum.GetValues<EncryptionLevel>())
        {
            using var pair = new HandshakePair().Run();
            pair.AssertComplete();
            if (level != EncryptionLevel.Application)
            {
                pair.Client.Receive(level, [4]);
                pair.Server.Receive(level, [4]);
                Assert.True(pair.Client.Failure!.IsProtocolViolation);
                Assert.True(pair.Server.Failure!.IsProtocolViolation);
            }

            using var fresh = new HandshakePair();
            if (level != EncryptionLevel.Initial) // RFC 9001 §8.3 for 0-RTT
            {
                fresh.Client.Receive(level, [2]);
                fresh.Server.Receive(level, [1]);
                Assert.True(fresh.Client.Failure!.IsProtocolViolation);
                Assert.True(fresh.Server.Failure!.IsProtocolViolation);
            }
        }
    }

    [Theory]
    [InlineData(HandshakeType.KeyUpdate)] // RFC 9001 §6
    [InlineData(HandshakeType.EndOfEarlyData)] // RFC 9001 §8.3
    [InlineData(HandshakeType.Finished)]
    [InlineData(HandshakeType.ServerHello)]
    [InlineData((HandshakeType)0)]
    [InlineData((HandshakeType)99)]
    public void Messages_that_may_not_stand_there_are_unexpected(object type)
    {
        var message = Message((byte)(HandshakeType)type, [0]);

        using var established = new HandshakePair().Run();
        established.Client.Receive(EncryptionLevel.Application, message);
        established.Server.Receive(EncryptionLevel.Application, message);
        Assert.Equal(TlsAlert.UnexpectedMessage, established.Client.Failure!.Alert);
        Assert.Equal(TlsAlert.UnexpectedMessage, established.Server.Failure!.Alert);
        Assert.False(established.Client.Failure.IsProtocolViolation);

        using var server = new TlsServer(new TlsCryptography(new SeededRandom(1)));
        server.Receive(EncryptionLevel.Initial, message);
        Assert.Equal(TlsAlert.UnexpectedMessage, server.Failure!.Alert);

        using var waiting = Answer(Valid().Build());
        waiting.Receive(EncryptionLevel.Handshake, message);
        Assert.Equal((HandshakeType)type == HandshakeType.Finished ? TlsAlert.DecodeError : TlsAlert.UnexpectedMessage, waiting.Failure!.Alert);
    }

    [Fact]
    public void An_unfinished_message_shows_at_its_level_only()
    {
        using var server = new TlsServer(new TlsCryptography(new SeededRandom(1)));
        Assert.False(server.HasUnfinishedMessage(EncryptionLevel.Initial));
        var hello = Valid().Build();
        server.Receive(EncryptionLevel.Initial, hello.AsSpan(0, 50));
        Assert.True(server.HasUnfinishedMessage(EncryptionLevel.Initial));
        Assert.False(server.HasUnfinishedMessage(EncryptionLevel.Handshake));
        server.Receive(EncryptionLevel.Initial, hello.AsSpan(50));
        Assert.False(server.HasUnfinishedMessage(EncryptionLevel.Initial));
        Assert.Equal(TlsState.NeedsServerOptions, server.State);
    }

    [Fact]
    public void A_message_that_says_it_is_too_long_fails_at_its_header() // robustness T3
    {
        using var server = new TlsServer(new TlsCryptography(new SeededRandom(1)));
        server.Receive(EncryptionLevel.Initial, [1, 1, 0]);
        Assert.Equal(TlsState.Handshaking, server.State);
        server.Receive(EncryptionLevel.Initial, [1]);
        Assert.Equal(TlsAlert.IllegalParameter, server.Failure!.Alert);
    }

    [Fact]
    public void A_message_of_the_greatest_length_is_taken()
    {
        var hello = Valid();
        // 64 KiB less what is there and this extension's own header.
        hello.Also(21, new byte[HandshakeBuffer.MaxMessageLength - (hello.Build().Length - 4) - 4 - 100]);
        using var server = Answer(hello.Build());
        Assert.Null(server.Failure);
    }

    [Fact]
    public void Bytes_that_come_during_a_pause_are_kept_and_bounded()
    {
        var server = new TlsServer(new TlsCryptography(new SeededRandom(1)));
        server.Receive(EncryptionLevel.Initial, Valid().Build());
        Assert.Equal(TlsState.NeedsServerOptions, server.State);
        server.Receive(EncryptionLevel.Initial, new byte[HandshakeBuffer.Capacity]);
        Assert.Equal(TlsState.NeedsServerOptions, server.State);
        server.Receive(EncryptionLevel.Initial, [0]);
        Assert.Equal(TlsState.Failed, server.State);
        Assert.True(server.Failure!.IsBufferExceeded); // RFC 9000 §7.5
        server.Dispose();
    }

    [Fact]
    public void The_Finished_may_come_while_the_verdict_is_being_made()
    {
        var verdicts = 0;
        using var pair = new HandshakePair { Verdict = Decide }.Run();
        pair.AssertComplete();
        Assert.Equal(1, verdicts);

        TlsFailure? Decide(TlsClient client)
        {
            verdicts++;
            Assert.True(client.HasUnfinishedMessage(EncryptionLevel.Handshake));
            return null;
        }
    }

    [Fact]
    public void A_few_tickets_are_passed_over_and_a_flood_ends_the_connection() // robustness T4
    {
        using var pair = new HandshakePair().Run();
        for (var i = 0; i < ClientEstablished.MaxPostHandshakeMessages; i++)
            pair.Client.Receive(EncryptionLevel.Application, Ticket());
        Assert.Equal(TlsState.Complete, pair.Client.State);
        Assert.False(pair.Client.TryTakeEvent(out _));
        pair.Client.Receive(EncryptionLevel.Application, Ticket());
        Assert.Equal(TlsState.Failed, pair.Client.State);
    }

    [Fact]
    public void Tickets_are_checked()
    {
        // RFC 9001 §4.6.1: early_data says 0xffffffff or nothing.
        Assert.Null(Established(Ticket(0, 42, 0, 4, 0xff, 0xff, 0xff, 0xff)));
        Assert.True(Established(Ticket(0, 42, 0, 4, 0, 0, 0x40, 0))!.IsProtocolViolation);
        Assert.Equal(TlsAlert.DecodeError, Established(Ticket(0, 42, 0, 1, 0))!.Alert);
        Assert.Equal(TlsAlert.IllegalParameter, Established(Ticket(0, 42, 0, 4, 0xff, 0xff, 0xff, 0xff, 0, 42, 0, 4, 0xff, 0xff, 0xff, 0xff))!.Alert);
        Assert.Equal(TlsAlert.DecodeError, Established(Message(4, [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]))!.Alert); // an empty ticket
        Assert.Null(Established(Ticket(0x0a, 0x0a, 0, 0)));
        Assert.Equal(TlsAlert.IllegalParameter, Established(Ticket(0, 16, 0, 0))!.Alert); // RFC 8446 §4.2: ALPN has no place there
    }

    [Fact]
    public void A_certificate_request_after_the_handshake_is_a_violation() => // RFC 9001 §4.4
        Assert.True(Established([13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3])!.IsProtocolViolation);

    [Fact]
    public void A_client_s_ticket_is_unexpected()
    {
        using var pair = new HandshakePair().Run();
        pair.Server.Receive(EncryptionLevel.Application, Ticket());
        Assert.Equal(TlsAlert.UnexpectedMessage, pair.Server.Failure!.Alert);
    }

    [Fact]
    public void A_failed_handshake_takes_no_more_bytes()
    {
        using var server = Answer(Valid().Without(57).Build());
        var failure = server.Failure;
        server.Receive(EncryptionLevel.Handshake, [1, 2, 3]);
        Assert.Same(failure, server.Failure);
    }

    private static byte[] Ticket(params byte[] extensions) =>
        Message(4, [0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 5, 6, .. Prefix16(extensions)]);

    private static TlsFailure? Established(byte[] message)
    {
        using var pair = new HandshakePair().Run();
        pair.Client.Receive(EncryptionLevel.Application, message);
        return pair.Client.Failure;
    }

    private static void AssertViolation(Func<TlsHandshake, EncryptionLevel, byte[], byte[]> onTheWay, bool clientFails)
    {
        using var pair = new HandshakePair { OnTheWay = onTheWay }.Run();
        TlsHandshake failed = clientFails ? pair.Client : pair.Server;
        Assert.Equal(TlsState.Failed, failed.State);
        Assert.True(failed.Failure!.IsProtocolViolation);
        Assert.DoesNotContain(clientFails ? pair.ClientEvents : pair.ServerEvents, e => e.Kind == TlsEventKind.Complete);
    }
}
