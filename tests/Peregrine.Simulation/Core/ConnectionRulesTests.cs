using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>What an established connection does with what its peer may and may not say about IDs, paths, versions and the end.</summary>
public sealed class ConnectionRulesTests
{
    private static readonly byte[] Token = new byte[16];

    // RFC 9000 §5.1.1
    [Fact]
    public void Each_side_issues_connection_IDs_up_to_the_other_sides_limit()
    {
        var pair = new DirectPair().Establish();
        Assert.Equal(4, pair.ServerEndpoint.RoutedIdCount); // the client's own choice is routed no more
        Assert.False(pair.Server!.LocalIds.HasPending);
        Assert.False(pair.Client.LocalIds.HasPending);
    }

    // RFC 9000 §19.16: a replacement is issued for each that is retired.
    [Fact]
    public void A_retired_connection_ID_is_replaced_and_no_longer_routed()
    {
        var pair = new DirectPair().Establish();
        var routed = pair.ServerEndpoint.RoutedIdCount;
        pair.SendFromClient([0x19, 0x02]);
        Assert.True(pair.Server!.LocalIds.HasPending);
        Assert.Equal(routed, pair.ServerEndpoint.RoutedIdCount);
        pair.Exchange();
        Assert.False(pair.Server.IsClosed, $"{pair.Server.Fault}");
    }

    public static TheoryData<string, byte[], ulong> Violations => new()
    {
        // RFC 9000 §19.16
        { "RETIRE_CONNECTION_ID of one never issued", [0x19, 0x3f], (ulong)TransportErrorCode.ProtocolViolation },
        { "RETIRE_CONNECTION_ID of the one the packet came by", [0x19, 0x00], (ulong)TransportErrorCode.ProtocolViolation },

        // RFC 9000 §19.15
        { "NEW_CONNECTION_ID: one number for two IDs", NewId(1, 0, 77), (ulong)TransportErrorCode.ProtocolViolation },
        { "NEW_CONNECTION_ID beyond the limit", Forge.Concat(NewId(4, 0, 4), NewId(5, 0, 5)), (ulong)TransportErrorCode.ConnectionIdLimitError },

        // RFC 9000 §19.20, §19.7
        { "HANDSHAKE_DONE to a server", [0x1e], (ulong)TransportErrorCode.ProtocolViolation },
        { "NEW_TOKEN to a server", [0x07, 0x01, 0x00], (ulong)TransportErrorCode.ProtocolViolation },

        // RFC 9000 §12.4
        { "an unknown frame", [0x40, 0x52], (ulong)TransportErrorCode.FrameEncodingError },
        { "a frame type in two bytes that fits one", [0x40, 0x01], (ulong)TransportErrorCode.ProtocolViolation },

        // RFC 9000 §13.1 (robustness A1)
        { "an ACK of a packet never sent", [0x02, 0x7f, 0xff, 0x00, 0x00, 0x00], (ulong)TransportErrorCode.ProtocolViolation },

        // RFC 9001 §4.1.3, §6: KeyUpdate of TLS has no place in QUIC.
        { "a TLS KeyUpdate", [0x06, 0x00, 0x05, 24, 0, 0, 1, 0], (ulong)TransportErrorCode.CryptoError + 10 },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void A_violation_closes_with_its_code_and_a_sentence(string what, byte[] frames, ulong code)
    {
        var pair = new DirectPair().Establish();
        pair.SendFromClient(frames);
        Assert.True(pair.Server!.Fault is not null, what);
        Assert.Equal(code, pair.Server.Fault!.Code);
        Assert.Equal(ErrorBlame.PeerTransport, pair.Server.Fault.Blame);
        Assert.NotEmpty(pair.Server.Fault.Reason);

        // The client hears of it.
        pair.Exchange();
        Assert.Equal(code, pair.Client.Fault!.Code);
        Assert.Equal(pair.Server.Fault.Reason, pair.Client.Fault.Reason);
    }

    // RFC 9000 §12.4
    [Fact]
    public void A_packet_without_frames_is_a_violation()
    {
        var processor = new FrameProcessor(new DirectPair().Establish().Server!);
        Assert.Equal((ulong)TransportErrorCode.ProtocolViolation, processor.Process([], default, Instant.Zero).Fault!.Code);
    }

    // RFC 9000 §19.15; robustness C1: every ID that is retired must be acknowledged before the storm may go on.
    [Fact]
    public void A_storm_of_retirements_without_acknowledgements_ends_the_connection()
    {
        var pair = new DirectPair().Establish();
        for (var sequence = 4; sequence < 60 && !pair.Server!.IsClosed; sequence++)
            pair.SendFromClient(NewId((byte)sequence, (byte)(sequence - 1), (byte)sequence));
        Assert.Equal((ulong)TransportErrorCode.ConnectionIdLimitError, pair.Server!.Fault!.Code);
    }

    // RFC 9000 §8.2.2: the answer goes back by the path the challenge came by, padded, within three times what came.
    [Fact]
    public void A_path_challenge_is_answered_on_its_own_path()
    {
        var pair = new DirectPair().Establish();
        var other = new NetworkPath(pair.Path.Remote, new NetworkAddress(77, 7777));
        pair.SendFromClient([0x1a, 1, 2, 3, 4, 5, 6, 7, 8, .. new byte[1100]], other);
        var sent = pair.TakeFromServer();
        var answer = Assert.Single(sent, datagram => datagram.Path == other);
        Assert.Equal(1200, answer.Datagram.Length);
        Assert.All(sent.Where(datagram => datagram != answer), datagram => Assert.Equal(pair.Server!.Path, datagram.Path));

        pair.SendFromClient([0x1a, 1, 2, 3, 4, 5, 6, 7, 8, .. new byte[20]], other);
        answer = Assert.Single(pair.TakeFromServer(), datagram => datagram.Path == other);
        Assert.InRange(answer.Datagram.Length, 30, 3 * 80);
    }

    // Robustness P1: a packet full of challenges costs a bounded number of answers, never sent again.
    [Fact]
    public void A_flood_of_path_challenges_is_answered_a_few_times()
    {
        var pair = new DirectPair().Establish();
        pair.SendFromClient(Forge.Concat([.. Enumerable.Range(0, 100).Select(i => new byte[] { 0x1a, 0, 0, 0, 0, 0, 0, 0, (byte)i })]));
        Assert.Equal(96ul, pair.Server!.PathResponses.DroppedCount);
        pair.Exchange();
        Assert.False(pair.Server.PathResponses.HasPending);
        Assert.False(pair.Server.IsClosed);
    }

    // RFC 9000 §10.2.1, §10.2.2
    [Fact]
    public void Closing_answers_ever_more_rarely_and_draining_is_silent()
    {
        var pair = new DirectPair().Establish();
        pair.Server!.Close(QuicFault.ApplicationClose(9, "enough"), pair.Now);
        Assert.Single(pair.TakeFromServer());
        var answers = 0;
        for (var i = 0; i < 100; i++)
        {
            pair.SendFromClient([0x01]);
            answers += pair.TakeFromServer().Count;
        }

        Assert.InRange(answers, 4, 8);

        pair = new DirectPair().Establish();
        pair.SendFromClient([0x1d, 0x07, 0x00]);
        Assert.Equal(7ul, pair.Server!.Fault!.Code);
        Assert.Equal(ErrorBlame.PeerApplication, pair.Server.Fault.Blame);
        Assert.Empty(pair.TakeFromServer());
        pair.SendFromClient([0x01]);
        Assert.Empty(pair.TakeFromServer());
        pair.Advance(Duration.FromSeconds(30));
        Assert.True(pair.Server.IsDrained);
    }

    // Robustness S8: nothing behind a CONNECTION_CLOSE counts.
    [Fact]
    public void Frames_behind_a_close_are_not_acted_on()
    {
        var pair = new DirectPair().Establish();
        pair.SendFromClient([0x1d, 0x07, 0x00, 0x08, 0x00, 0x41]);
        Assert.Equal(ErrorBlame.PeerApplication, pair.Server!.Fault!.Blame);
        Assert.Equal(0, pair.Server.Streams.OpenCount);
    }

    // RFC 9001 §6: quic-go updates its keys after a hundred packets; we follow, and again.
    [Fact]
    public void Key_updates_of_the_peer_are_followed()
    {
        var pair = new DirectPair().Establish();
        var stream = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        for (ulong update = 1; update <= 3; update++)
        {
            stream.Send!.Write(new byte[5_000]);
            for (var i = 0; i < 3; i++)
                pair.Exchange();
            pair.Advance(Duration.FromSeconds(2)); // the previous keys expire
            Assert.True(pair.Client.OneRtt!.CanInitiateUpdate);
            pair.Client.OneRtt.InitiateUpdate();
            stream.Send.Write(new byte[5_000]);
            for (var i = 0; i < 3; i++)
                pair.Exchange();
            Assert.Equal(update, pair.Server!.OneRtt!.Updates);
        }

        Assert.False(pair.Server!.IsClosed, $"{pair.Server.Fault}");
        Assert.Equal(30_000ul, stream.Send!.BytesAcked);
    }

    // RFC 9000 §6: a server that knows none of our versions ends the attempt; a forged list, or one with our version, does not.
    [Theory]
    [InlineData(0x1a2a3a4au, true, true)]
    [InlineData(0x00000001u, true, false)]
    [InlineData(0x1a2a3a4au, false, false)]
    public void Version_negotiation_ends_an_attempt_only_when_it_is_meant_for_it(uint version, bool ownIds, bool ends)
    {
        var pair = new DirectPair();
        var destination = pair.Client.LocalIds.First.Span.ToArray();
        var source = pair.Client.OriginalDestination.Span.ToArray();
        if (!ownIds)
            source[0] ^= 1;
        var packet = Forge.Concat(
            [0xc0, 0, 0, 0, 0, (byte)destination.Length], destination, [(byte)source.Length], source,
            [(byte)(version >> 24), (byte)((version >> 16) & 0xff), (byte)((version >> 8) & 0xff), (byte)(version & 0xff)]);
        pair.Client.Receive(packet, pair.Path, EcnCodepoint.NotEct, pair.Now);
        Assert.Equal(ends, pair.Client.IsDrained);
        if (ends)
            Assert.Equal((ulong)TransportErrorCode.VersionNegotiationError, pair.Client.Fault!.Code);
    }

    // RFC 9000 §6.1, §5.2.2
    [Fact]
    public void An_unknown_version_is_answered_with_ours_and_only_in_a_full_datagram()
    {
        var server = new LoneServer();
        byte[] Packet(int length) => Forge.Concat([0xc0, 0x0b, 0x0b, 0x0b, 0x0b, 8, 1, 2, 3, 4, 5, 6, 7, 8, 2, 9, 9], new byte[length - 17]);
        Assert.Equal(EndpointAction.Drop, server.Receive(Packet(1199)));
        Assert.Equal(EndpointAction.Respond, server.Receive(Packet(1200)));
    }

    // RFC 9000 §10.3: an endpoint that has lost the connection says so, and the peer believes only the right token.
    [Fact]
    public void A_stateless_reset_ends_the_connection_whose_token_it_holds()
    {
        var pair = new DirectPair().Establish();
        var id = pair.Client.RemoteIds.Current;
        pair.Server!.Drain(QuicFault.Internal("the server forgets"));

        var trigger = Forge.Concat([0x40], id.Span.ToArray(), new byte[40]);
        var response = new byte[1500];
        var result = pair.ServerEndpoint.Receive(trigger, new NetworkPath(pair.Path.Remote, pair.Path.Local), pair.Now, response);
        Assert.Equal(EndpointAction.Respond, result.Action);
        Assert.InRange(result.ResponseLength, 21, trigger.Length - 1);

        var forged = response[..result.ResponseLength].ToArray();
        forged[^1] ^= 1;
        pair.Client.Receive(forged, pair.Path, EcnCodepoint.NotEct, pair.Now);
        Assert.False(pair.Client.IsClosed);
        pair.Client.Receive(response.AsSpan(0, result.ResponseLength), pair.Path, EcnCodepoint.NotEct, pair.Now);
        Assert.True(pair.Client.IsClosed);
        Assert.Contains("stateless reset", pair.Client.Fault!.Reason, StringComparison.Ordinal);
    }

    // Robustness C4: two endpoints that reset each other come to an end, for each answer is shorter than its trigger; and there is a rate.
    [Fact]
    public void Stateless_resets_shrink_and_are_limited()
    {
        var server = new LoneServer();
        var response = new byte[1500];
        var length = 1200;
        var rounds = 0;
        for (; ; rounds++)
        {
            var result = server.Endpoint.Receive(Forge.Concat([0x40], new byte[length - 1]), server.Path, server.Now, response);
            if (result.Action != EndpointAction.Respond)
                break;
            Assert.True(result.ResponseLength < length);
            length = result.ResponseLength;
        }

        Assert.InRange(rounds, 2, 30);

        var answered = 0;
        for (var i = 0; i < 1_000; i++)
            answered += server.Endpoint.Receive(Forge.Concat([0x40], new byte[100]), server.Path, server.Now, response).Action == EndpointAction.Respond ? 1 : 0;
        Assert.InRange(answered, 50, 100);
    }

    // RFC 9000 §7.3
    [Fact]
    public void Transport_parameters_that_name_another_connection_ID_are_refused()
    {
        var server = new LoneServer();
        byte[] source = [9, 9, 9, 9];
        server.Receive(Forge.ClientInitial([1, 2, 3, 4, 5, 6, 7, 8], source, 0, Forge.Crypto(0, ClientHelloBytes.Make([8, 8, 8, 8])), 1200));
        Assert.Equal((ulong)TransportErrorCode.TransportParameterError, server.Connection!.Fault!.Code);
    }

    private static byte[] NewId(byte sequence, byte retirePriorTo, byte id) =>
        Forge.Concat([0x18], Forge.VarInt(sequence), Forge.VarInt(retirePriorTo), [8, 0xaa, 0xbb, 0xcc, 0xdd, 0, 0, 0, id], Token);
}
