namespace Peregrine.Quic.Core.Tests;

public sealed class StopSendingTests
{
    [Fact]
    public void The_stopped_sender_resets_with_the_same_code_and_its_writer_hears()
    {
        // RFC 9000 §3.5
        var pair = new StreamPair();
        var (ours, theirs) = pair.Open();
        ours.Send!.Write(new byte[10_000]);
        pair.Cross(pair.Client, pair.Server);
        theirs.Receive!.Stop(42);
        pair.Cross(pair.Server, pair.Client);
        Assert.Equal(42UL, ours.Send.StopCode);
        Assert.Equal(42UL, ours.Send.ResetCode);
        var events = pair.Client.TakeEvents(ours);
        Assert.Contains(ConnectionEventKind.StreamWritable, events);
        Assert.Contains(ConnectionEventKind.StreamSendClosed, events);
        Assert.Equal(0, ours.Send.Write([1]));
        pair.Run();
        Assert.Equal(SendState.ResetReceived, ours.Send.State);
        Assert.True(theirs.Receive.IsClosed);
        Assert.Equal(pair.Server.Streams.Window.Received, pair.Server.Streams.Window.Consumed);
    }

    [Fact]
    public void What_arrives_after_the_stop_is_dropped_but_counted()
    {
        // RFC 9000 §3.5
        var server = new StreamEnd(isServer: true);
        server.Streams.OnStream(2, 0, new byte[100], fin: false, default);
        var stream = server.Streams.TryAccept()!;
        stream.Receive!.Stop(1);
        server.Streams.OnStream(2, 100, new byte[10_000], fin: false, default);
        Assert.Equal(0, stream.Receive.Read(new byte[100]));
        Assert.Equal(0, server.Pool.RentedCount);
        Assert.Equal(10_100UL, server.Streams.Window.Received);
        Assert.Equal(10_100UL, server.Streams.Window.Consumed);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("fin-missing", true)]
    [InlineData("all", false)]
    [InlineData("reset", false)]
    public void The_frame_is_sent_only_while_something_may_still_come(string before, bool isSent)
    {
        // RFC 9000 §3.5
        var server = new StreamEnd(isServer: true);
        server.Streams.OnStream(2, 0, new byte[10], fin: before is "all", default);
        if (before is "fin-missing")
            server.Streams.OnStream(2, 20, default, fin: true, default);
        if (before is "reset")
            server.Streams.OnResetStream(2, 9, 10);
        server.Streams.TryAccept()!.Receive!.Stop(1);
        var frames = server.Send()?.Frames ?? [];
        Assert.Equal(isSent, frames.Any(f => f.Kind == SentFrameKind.StopSending));
    }

    [Fact]
    public void A_lost_stop_is_sent_again_unless_the_stream_ended_meanwhile()
    {
        // RFC 9000 §3.5, §13.3
        var server = new StreamEnd(isServer: true);
        server.Streams.OnStream(2, 0, new byte[10], fin: false, default);
        server.Streams.TryAccept()!.Receive!.Stop(1);
        var first = server.Send()!;
        server.Lose(first);
        Assert.Equal(first.Payload, server.Send()!.Payload);
        server.Streams.OnResetStream(2, 9, 10);
        server.Lose(first);
        Assert.Null(server.Send());
    }

    [Fact]
    public void A_stop_for_a_stream_of_theirs_opens_it()
    {
        // RFC 9000 §3.2
        var server = new StreamEnd(isServer: true);
        Assert.Null(server.Streams.OnStopSending(4, 6));
        Assert.Equal(0UL, server.Streams.TryAccept()!.Id);
        var stream = server.Streams.TryAccept()!;
        Assert.Equal(6UL, stream.Send!.StopCode);
        Assert.Equal(SendState.ResetSent, stream.Send.State);
    }

    // Robustness S8: any two frames about one stream, in either order, with the application reading and writing in between and after.
    [Fact]
    public void Any_two_frames_about_a_stream_leave_it_usable_or_closed()
    {
        var frames = new (string Name, Func<StreamSet, QuicFault?> Apply)[]
        {
            ("STREAM", s => s.OnStream(0, 0, [1, 2, 3], fin: false, default)),
            ("STREAM ahead", s => s.OnStream(0, 5, [1, 2, 3], fin: false, default)),
            ("STREAM+FIN", s => s.OnStream(0, 3, [4], fin: true, default)),
            ("FIN", s => s.OnStream(0, 0, default, fin: true, default)),
            ("RESET_STREAM", s => s.OnResetStream(0, 1, 8)),
            ("RESET_STREAM_AT", s => s.OnResetStreamAt(0, 1, 8, 2)),
            ("STOP_SENDING", s => s.OnStopSending(0, 3)),
            ("MAX_STREAM_DATA", s => s.OnMaxStreamData(0, 1_000_000)),
            ("STREAM_DATA_BLOCKED", s => s.OnStreamDataBlocked(0, 8)),
            ("MAX_DATA", s => s.OnMaxData(1_000_000)),
            ("MAX_STREAMS", s => s.OnMaxStreams(StreamDirection.Bidirectional, 200)),
            ("DATA_BLOCKED", s => s.OnDataBlocked(1)),
            ("STREAMS_BLOCKED", s => s.OnStreamsBlocked(StreamDirection.Bidirectional, 1)),
        };
        var closed = 0;
        foreach (var first in frames)
        {
            foreach (var second in frames)
            {
                for (var application = 0; application < 4; application++)
                {
                    var pair = new StreamPair();
                    var server = pair.Server;
                    Assert.Null(first.Apply(server.Streams));
                    var stream = server.Streams.TryAccept();
                    Use(stream, application);
                    var fault = second.Apply(server.Streams);
                    stream ??= server.Streams.TryAccept();
                    Use(stream, application + 1);
                    while (server.Send() is { } packet)
                        server.Ack(packet);
                    if (fault is not null)
                    {
                        Assert.Equal((ulong)TransportErrorCode.FinalSizeError, fault.Code);
                        server.Streams.CloseAll();
                    }
                    else if (stream is not null)
                    {
                        server.Streams.OnResetStream(0, 1, server.Streams.Window.Received);
                        stream.Send!.Reset(0);
                        server.Streams.Release(stream);
                        while (server.Send() is { } packet)
                            server.Ack(packet);
                        closed++;
                    }

                    Assert.Equal((0, 0), (server.Streams.OpenCount, server.Pool.RentedCount));
                }
            }
        }

        Assert.True(closed > 400);

        static void Use(CoreStream? stream, int how)
        {
            if (stream is null)
                return;
            stream.Receive!.Read(new byte[how]);
            stream.Send!.Write(new byte[how * 100]);
            if (how == 3)
                stream.Send.Finish();
            if (how == 4)
                stream.Receive.Stop(9);
        }
    }
}
