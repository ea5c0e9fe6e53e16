using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class StreamLimitTests
{
    [Fact]
    public void A_higher_stream_opens_all_below_and_they_are_accepted_in_order()
    {
        // RFC 9000 §2.1, §3.2
        var server = new StreamEnd(isServer: true);
        Assert.Null(server.Streams.OnStream(StreamId.FromIndex(4, false, StreamDirection.Unidirectional), 0, [1], fin: false, default));
        Assert.Single(server.TakeEvents(), ConnectionEventKind.StreamOpened);
        Assert.Null(server.Streams.TryAccept(StreamDirection.Bidirectional));
        for (var index = 0UL; index < 5; index++)
            Assert.Equal((index << 2) | 2, server.Streams.TryAccept()!.Id);
        Assert.Null(server.Streams.TryAccept());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stream_beyond_the_limit_is_an_error(bool isBidirectional)
    {
        var direction = isBidirectional ? StreamDirection.Bidirectional : StreamDirection.Unidirectional;
        // RFC 9000 §4.6
        var settings = new StreamSettings { MaxInboundBidirectionalStreams = 10, MaxInboundUnidirectionalStreams = 10 };
        var server = new StreamEnd(isServer: true, settings);
        Assert.Null(server.Streams.OnStream(StreamId.FromIndex(9, false, direction), 0, [1], fin: false, default));
        var fault = server.Streams.OnStream(StreamId.FromIndex(10, false, direction), 0, [1], fin: false, default);
        Assert.Equal((ulong)TransportErrorCode.StreamLimitError, fault?.Code);
        fault = server.Streams.OnResetStream(StreamId.FromIndex((1UL << 60) - 1, false, direction), 0, 0);
        Assert.Equal((ulong)TransportErrorCode.StreamLimitError, fault?.Code);
        Assert.Equal(1, server.Streams.OpenCount);
    }

    [Theory]
    [Trait("Review", "U5")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_frame_costs_one_stream_whatever_number_it_names(bool isBidirectional)
    {
        // RFC 9000 §2.1, §3.2
        const ulong last = 99_999;
        var direction = isBidirectional ? StreamDirection.Bidirectional : StreamDirection.Unidirectional;
        var settings = new StreamSettings { MaxInboundBidirectionalStreams = last + 1, MaxInboundUnidirectionalStreams = last + 1 };
        var server = new StreamEnd(isServer: true, settings);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(server.Streams.OnStream(StreamId.FromIndex(last, false, direction), 0, [1], fin: true, default));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 50_000, $"One frame on the last of 100,000 streams made {allocated} bytes.");
        Assert.Equal(1, server.Streams.OpenCount);
        Assert.Equal([ConnectionEventKind.StreamOpened, ConnectionEventKind.StreamReadable], server.TakeEvents());

        // One in the middle gets a frame first; those below it come in order all the same, and one that is gone stays gone.
        Assert.Null(server.Streams.OnStream(StreamId.FromIndex(1, false, direction), 0, [7], fin: true, default));
        Assert.Equal(2, server.Streams.OpenCount);
        var first = server.Streams.TryAccept()!;
        var second = server.Streams.TryAccept()!;
        Assert.Equal([StreamId.FromIndex(0, false, direction), StreamId.FromIndex(1, false, direction)], [first.Id, second.Id]);
        Assert.Equal(1, second.Receive!.Read(new byte[5]));
        if (second.Send is { } send)
        {
            send.Reset(0);
            server.Streams.OnFrameAcked(new SentFrame(SentFrameKind.ResetStream, second.Id));
        }

        server.Streams.Release(second);
        Assert.Equal(2, server.Streams.OpenCount);
        Assert.Null(server.Streams.OnStream(second.Id, 0, [7], fin: true, default));
        Assert.Equal(2, server.Streams.OpenCount);
        Assert.Equal(last, StreamId.IndexOf(AcceptAll(server)[^1]));
    }

    [Fact]
    [Trait("Review", "U4")]
    public void Many_rises_of_a_stream_limit_are_one_event()
    {
        var pair = new StreamPair();
        for (var limit = 101UL; limit < 500; limit++)
        {
            Assert.Null(pair.Client.Streams.OnMaxStreams(StreamDirection.Bidirectional, limit));
            Assert.Null(pair.Client.Streams.OnMaxStreams(StreamDirection.Unidirectional, limit));
        }

        Assert.Equal(2, pair.Client.Events.Count);
        Assert.Equal(
            [ConnectionEventKind.BidirectionalStreamsAvailable, ConnectionEventKind.UnidirectionalStreamsAvailable], pair.Client.TakeEvents());
        pair.Client.Streams.OnMaxStreams(StreamDirection.Bidirectional, 500);
        Assert.Equal([ConnectionEventKind.BidirectionalStreamsAvailable], pair.Client.TakeEvents());
    }

    [Fact]
    [Trait("Review", "U4")]
    public void Whatever_the_peer_sends_the_events_that_wait_are_bounded_by_the_open_streams()
    {
        const int limit = 100;
        var server = new StreamPair(new StreamSettings { MaxInboundBidirectionalStreams = limit, MaxInboundUnidirectionalStreams = limit }).Server;
        var random = new Random(4);
        for (var i = 0; i < 100_000; i++)
        {
            var id = StreamId.FromIndex((ulong)random.Next(limit), false, (StreamDirection)random.Next(2));
            var isBidirectional = StreamId.DirectionOf(id) == StreamDirection.Bidirectional;
            var fault = random.Next(7) switch
            {
                0 => server.Streams.OnStream(id, (ulong)random.Next(100), [1], fin: false, default),
                1 => server.Streams.OnResetStream(id, 1, 200),
                2 => server.Streams.OnResetStreamAt(id, 1, 200, (ulong)random.Next(100)),
                3 when isBidirectional => server.Streams.OnStopSending(id, 1),
                4 when isBidirectional => server.Streams.OnMaxStreamData(id, (ulong)i),
                5 => server.Streams.OnMaxStreams((StreamDirection)random.Next(2), (ulong)i),
                _ => server.Streams.OnStreamDataBlocked(id, 1),
            };
            Assert.True(fault is null || fault.Code == (ulong)TransportErrorCode.StreamStateError, fault?.ToString());
        }

        // Each stream: readable, both ends, writable.
        Assert.InRange(server.Events.Count, 1, (2 * limit * 4) + 5);
    }

    [Fact]
    [Trait("Review", "D16")]
    public void Places_are_given_back_early_and_in_batches()
    {
        var pair = new StreamPair(new StreamSettings { MaxInboundUnidirectionalStreams = 80 });
        var updates = new List<ulong>();
        for (var i = 0; i < 40; i++)
        {
            var ours = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
            ours.Send!.Finish();
            pair.Cross(pair.Client, pair.Server);
            var theirs = pair.Server.Streams.TryAccept()!;
            theirs.Receive!.Read(new byte[1]);
            pair.Server.Streams.Release(theirs);
            if (pair.Server.Send() is { } packet)
                updates.AddRange(packet.Frames.Where(f => f.Kind == SentFrameKind.MaxStreamsUnidirectional).Select(f => f.Offset));
        }

        // By tens, though more than half of the limit was left all the time.
        Assert.Equal([90UL, 100, 110, 120], updates);
    }

    // Robustness S7: stream churn.
    [Fact]
    public void No_more_than_one_limit_of_streams_is_given_back_in_a_round_trip()
    {
        const int limit = 10;
        var roundTrip = Duration.FromMilliseconds(100);
        var server = new StreamEnd(isServer: true, new StreamSettings { MaxInboundUnidirectionalStreams = limit });
        var now = new Instant(1_000_000_000);
        var opened = 0UL;
        for (var step = 0; step < 1_000; step++)
        {
            // The peer knows each limit at once, and uses it at once.
            server.Streams.Observe(now, roundTrip, 12_000);
            server.Send();
            while (server.Streams.OnResetStream(StreamId.FromIndex(opened, false, StreamDirection.Unidirectional), 1, 0) is null)
            {
                opened++;
                var stream = server.Streams.TryAccept()!;
                stream.Receive!.Read(new byte[1]);
                server.Streams.Release(stream);
                server.Send();
                Assert.True(opened < 100_000, "The limit is raised without end.");
            }

            Assert.Equal(0, server.Streams.OpenCount);
            Assert.False(server.Streams.HasPending);
            Assert.True(server.Streams.NextTimeout > now && !server.Streams.NextTimeout.IsNever, "Nothing says when the rest is due.");
            now += Duration.FromMilliseconds(1);
        }

        // A second is ten round trips; the first limit stands at the start.
        Assert.InRange(opened, 100UL, 120UL);
    }

    [Fact]
    public void Frames_for_the_wrong_half_or_for_streams_never_opened_are_errors()
    {
        // RFC 9000 §19.4, §19.5, §19.8, §19.10, §19.13
        var pair = new StreamPair();
        var streams = pair.Client.Streams;
        streams.TryOpen(StreamDirection.Unidirectional);
        const ulong error = (ulong)TransportErrorCode.StreamStateError;
        foreach (var id in (ulong[])[2, 0])
        {
            // 2 is ours and sends only; 0 would be ours and is not open.
            Assert.Equal(error, streams.OnStream(id, 0, [1], fin: false, default)?.Code);
            Assert.Equal(error, streams.OnResetStream(id, 0, 0)?.Code);
            Assert.Equal(error, streams.OnResetStreamAt(id, 0, 0, 0)?.Code);
            Assert.Equal(error, streams.OnStreamDataBlocked(id, 0)?.Code);
        }

        foreach (var id in (ulong[])[3, 0])
        {
            Assert.Equal(error, streams.OnStopSending(id, 0)?.Code);
            Assert.Equal(error, streams.OnMaxStreamData(id, 1)?.Code);
        }
    }

    [Fact]
    public void The_peers_limit_holds_and_is_told_back_once()
    {
        // RFC 9000 §4.6
        var pair = new StreamPair(new StreamSettings { MaxInboundBidirectionalStreams = 2 });
        Assert.NotNull(pair.Client.Streams.TryOpen(StreamDirection.Bidirectional));
        Assert.NotNull(pair.Client.Streams.TryOpen(StreamDirection.Bidirectional));
        Assert.Null(pair.Client.Streams.TryOpen(StreamDirection.Bidirectional));
        var packet = pair.Client.Send()!;
        Assert.Equal(new SentFrame(SentFrameKind.StreamsBlockedBidirectional, Offset: 2), Assert.Single(packet.Frames));
        Assert.Null(pair.Client.Streams.TryOpen(StreamDirection.Bidirectional));
        Assert.Null(pair.Client.Send());
        pair.Client.Lose(packet);
        Assert.NotNull(pair.Client.Send());

        Assert.Null(pair.Client.Streams.OnMaxStreams(StreamDirection.Bidirectional, 1));
        Assert.Empty(pair.Client.TakeEvents());
        Assert.Null(pair.Client.Streams.OnMaxStreams(StreamDirection.Bidirectional, 3));
        Assert.Equal([ConnectionEventKind.BidirectionalStreamsAvailable], pair.Client.TakeEvents());
        Assert.NotNull(pair.Client.Streams.TryOpen(StreamDirection.Bidirectional));
    }

    [Fact]
    public void A_limit_above_2_to_the_60_is_an_error()
    {
        // RFC 9000 §4.6, §19.14
        var pair = new StreamPair();
        Assert.Null(pair.Client.Streams.OnMaxStreams(StreamDirection.Unidirectional, 1UL << 60));
        foreach (var value in (ulong[])[(1UL << 60) + 1, VarInt.MaxValue])
        {
            const ulong error = (ulong)TransportErrorCode.FrameEncodingError;
            Assert.Equal(error, pair.Client.Streams.OnMaxStreams(StreamDirection.Bidirectional, value)?.Code);
            Assert.Equal(error, pair.Client.Streams.OnStreamsBlocked(StreamDirection.Bidirectional, value)?.Code);
        }
    }

    // Robustness S7: a place is free again only when both halves are closed and the handler has ended.
    [Fact]
    public void Credit_returns_when_both_halves_are_closed_and_the_driver_let_go()
    {
        var pair = new StreamPair(new StreamSettings { MaxInboundBidirectionalStreams = 1 });
        var (ours, theirs) = pair.Open();
        ours.Send!.Reset(0);
        pair.Run();
        theirs.Receive!.Read(new byte[1]);
        theirs.Send!.Finish();
        pair.Run();
        Assert.True(theirs.IsClosed);
        Assert.Null(pair.Client.Streams.TryOpen(StreamDirection.Bidirectional));
        pair.Server.Streams.Release(theirs);
        Assert.Equal(0, pair.Server.Streams.OpenCount);
        pair.Run();
        Assert.NotNull(pair.Client.Streams.TryOpen(StreamDirection.Bidirectional));
    }

    [Fact]
    public void A_lost_stream_limit_is_announced_again_as_it_stands_now()
    {
        // RFC 9000 §13.3
        var server = new StreamEnd(isServer: true, new StreamSettings { MaxInboundUnidirectionalStreams = 2 });
        server.Streams.OnStream(6, 0, default, fin: true, default);
        server.Streams.OnStream(2, 0, default, fin: true, default);
        server.Streams.Release(server.Streams.TryAccept()!);
        var first = server.Send()!;
        Assert.Equal(new SentFrame(SentFrameKind.MaxStreamsUnidirectional, Offset: 3), Assert.Single(first.Frames));
        Assert.Null(server.Send());
        server.Lose(first);
        server.Streams.Release(server.Streams.TryAccept()!);
        var second = server.Send()!;
        Assert.Equal(new SentFrame(SentFrameKind.MaxStreamsUnidirectional, Offset: 4), Assert.Single(second.Frames));
        server.Lose(first);
        Assert.Null(server.Send());
        server.Lose(second);
        Assert.Equal(second.Payload, server.Send()!.Payload);
    }

    [Fact]
    public void A_stream_released_early_is_forgotten_when_its_last_half_closes()
    {
        var pair = new StreamPair();
        var (ours, theirs) = pair.Open();
        theirs.Send!.Write(new byte[100]);
        theirs.Send.Finish();
        pair.Server.Streams.Release(theirs);
        ours.Send!.Finish();
        pair.Run();
        Assert.Equal(0, pair.Server.Streams.OpenCount);
        Assert.Equal(1, pair.Client.Streams.OpenCount);
        Assert.Equal(100, ours.Receive!.Read(new byte[200]));
        pair.Client.Streams.Release(ours);
        Assert.Equal(0, pair.Client.Streams.OpenCount);

        // RFC 9000 §4.5: late frames of a stream that is gone are ignored.
        Assert.Null(pair.Server.Streams.OnStream(ours.Id, 5_000, [1], fin: false, default));
        Assert.Null(pair.Server.Streams.OnStopSending(ours.Id, 1));
        Assert.Null(pair.Client.Streams.OnResetStream(ours.Id, 1, 7));
        Assert.False(pair.Server.Streams.HasPending);
    }

    private static List<ulong> AcceptAll(StreamEnd end)
    {
        var ids = new List<ulong>();
        while (end.Streams.TryAccept() is { } stream)
            ids.Add(stream.Id);
        return ids;
    }

    // Robustness S9.
    [Fact]
    public void A_million_streams_leave_nothing_behind()
    {
        var pair = new StreamPair();
        var buffer = new byte[16];
        var opened = 0;
        while (opened < 1_000_000 || pair.Client.Streams.OpenCount > 0)
        {
            while (opened < 1_000_000 && pair.Client.Streams.TryOpen(StreamDirection.Unidirectional) is { } ours)
            {
                opened++;
                ours.Send!.Write([1, 2, 3]);
                if (opened % 3 == 0)
                    ours.Send.Reset(5);
                else
                    ours.Send.Finish();
                pair.Client.Streams.Release(ours);
            }

            pair.Run();
            while (pair.Server.Streams.TryAccept() is { } theirs)
            {
                if (opened % 5 == 0)
                    theirs.Receive!.Stop(1);
                else
                    theirs.Receive!.Read(buffer);
                pair.Server.Streams.Release(theirs);
            }

            pair.Client.TakeEvents();
            pair.Server.TakeEvents();
        }

        pair.Run();
        pair.Client.TakeEvents();
        foreach (var end in (StreamEnd[])[pair.Client, pair.Server])
        {
            Assert.Equal((0, 0, 0), (end.Streams.OpenCount, end.Pool.RentedCount, end.Streams.GapCount));
            Assert.Equal(0, end.Streams.Budget.Used);
            Assert.False(end.Streams.HasPending);
            Assert.True(end.Events.IsEmpty);
        }
    }

    // Robustness S1.
    [Fact]
    public void Too_many_pieces_of_one_stream_close_the_connection()
    {
        var server = new StreamEnd(isServer: true, new StreamSettings { MaxStreamGaps = 100 });
        for (var i = 1UL; i <= 100; i++)
            Assert.Null(server.Streams.OnStream(2, i * 2, [1], fin: false, default));
        Assert.Equal(100, server.Streams.GapCount);
        Assert.Equal((ulong)TransportErrorCode.ProtocolViolation, server.Streams.OnStream(2, 202, [1], fin: false, default)?.Code);
    }

    [Fact]
    public void Too_many_pieces_of_all_streams_close_the_connection()
    {
        var server = new StreamEnd(isServer: true, new StreamSettings { MaxConnectionGaps = 100 });
        for (var i = 1UL; i <= 100; i++)
            Assert.Null(server.Streams.OnStream(2 + (4 * (i % 50)), i * 2, [1], fin: false, default));
        Assert.Null(server.Streams.OnStream(2, 0, new byte[500], fin: false, default));
        Assert.Equal(98, server.Streams.GapCount);
        Assert.Null(server.Streams.OnStream(6, 1_000, [1], fin: false, default));
        Assert.Null(server.Streams.OnStream(6, 1_002, [1], fin: false, default));
        Assert.Equal((ulong)TransportErrorCode.ProtocolViolation, server.Streams.OnStream(6, 1_004, [1], fin: false, default)?.Code);
    }

    [Fact]
    public void Closing_drops_everything_and_later_calls_do_nothing()
    {
        var pair = new StreamPair();
        var (ours, theirs) = pair.Open();
        ours.Send!.Write(new byte[10_000]);
        pair.Cross(pair.Client, pair.Server);
        ours.Send.Write(new byte[10_000]);
        pair.Client.TakeEvents();
        pair.Server.TakeEvents();
        foreach (var end in (StreamEnd[])[pair.Client, pair.Server])
        {
            end.Streams.CloseAll();
            end.Streams.CloseAll();
            Assert.Equal((0, 0), (end.Streams.OpenCount, end.Pool.RentedCount));
            Assert.False(end.Streams.HasPending);
            Assert.Null(end.Send());
            Assert.Null(end.Streams.TryOpen(StreamDirection.Bidirectional));
            Assert.Null(end.Streams.TryAccept());
            Assert.Null(end.Streams.OnStream(0, 0, [1], fin: false, default));
            Assert.Null(end.Streams.OnMaxStreams(StreamDirection.Bidirectional, 10_000));
        }

        Assert.Equal(0, ours.Send.Write([1]));
        ours.Send.Finish();
        ours.Send.Reset(1);
        Assert.Equal(0, theirs.Receive!.Read(new byte[10]));
        theirs.Receive.Stop(1);
        pair.Server.Streams.Release(theirs);
        pair.Client.Streams.OnFrameAcked(new SentFrame(SentFrameKind.Stream, ours.Id, 0, 1));
        Assert.Empty(pair.Client.TakeEvents());
        Assert.Empty(pair.Server.TakeEvents());
    }
}
