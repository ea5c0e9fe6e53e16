using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>draft-ietf-quic-reliable-stream-reset.</summary>
public sealed class ResetStreamAtTests
{
    [Fact]
    public void The_reliable_bytes_arrive_and_then_the_reset()
    {
        var pair = new StreamPair();
        var ours = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        ours.Send!.Write([1, 2, 3, 4]);
        ours.Send.ReliableSize = 3;
        ours.Send.Reset(77);
        Assert.Equal(SendState.Ready, ours.Send.State);
        pair.Run();
        Assert.Equal(SendState.DataReceived, ours.Send.State);
        Assert.Equal(77UL, ours.Send.ResetCode);

        var receive = pair.Server.Streams.TryAccept()!.Receive!;
        Assert.Null(receive.ResetCode);
        var bytes = new byte[10];
        Assert.Equal(3, receive.Read(bytes));
        Assert.Equal([1, 2, 3], bytes[..3]);
        Assert.Equal(77UL, receive.ResetCode);
        Assert.False(receive.IsFinished);
    }

    [Fact]
    public void Lost_bytes_below_the_reliable_size_are_sent_again_and_those_above_are_not()
    {
        var pair = new StreamPair();
        var ours = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        ours.Send!.Write(new byte[1_000]);
        var lost = pair.Client.Send()!;
        ours.Send.ReliableSize = 10;
        ours.Send.Reset(77);
        var reset = pair.Client.Send()!;
        Assert.Equal(SendState.DataSent, ours.Send.State);
        pair.Client.Lose(lost);
        var again = pair.Client.Send()!;
        Assert.Equal(new SentFrame(SentFrameKind.Stream, ours.Id, 0, 10), Assert.Single(again.Frames));

        Assert.Null(pair.Server.Receive(reset));
        Assert.Null(pair.Server.Receive(again));
        pair.Client.Ack(reset);
        Assert.Equal(SendState.DataSent, ours.Send.State);
        pair.Client.Ack(again);
        Assert.Equal(SendState.DataReceived, ours.Send.State);
        Assert.Equal(10, pair.Server.Streams.TryAccept()!.Receive!.Read(new byte[100]));
        Assert.Equal(1_000UL, pair.Server.Streams.Window.Consumed);
    }

    [Fact]
    public void The_frame_waits_until_credit_let_the_reliable_bytes_out()
    {
        // draft-ietf-quic-reliable-stream-reset §4: the final size is subject to flow control.
        var pair = new StreamPair(new StreamSettings { InitialStreamWindow = 100, MaxStreamWindow = 100 });
        var ours = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        ours.Send!.Write(new byte[500]);
        ours.Send.ReliableSize = 150;
        ours.Send.Reset(77);
        pair.Run();
        var receive = pair.Server.Streams.TryAccept()!.Receive!;
        Assert.Equal(ReceiveState.Receive, receive.State);
        Assert.Equal(100, receive.Read(new byte[500]));
        pair.Run();
        Assert.Equal(50, receive.Read(new byte[500]));
        Assert.Equal(77UL, receive.ResetCode);
        Assert.Equal(150UL, pair.Server.Streams.Window.Consumed);
    }

    [Fact]
    public void A_peer_that_did_not_negotiate_it_gets_a_plain_reset()
    {
        var pair = new StreamPair(resetStreamAt: false);
        var ours = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        ours.Send!.Write(new byte[10]);
        ours.Send.ReliableSize = 5;
        ours.Send.Reset(77);
        Assert.Equal((byte)FrameType.ResetStream, pair.Client.Send()!.Payload[0]);
    }

    [Fact]
    public void Stop_sending_turns_it_into_a_plain_reset_with_the_code_it_had()
    {
        // draft-ietf-quic-reliable-stream-reset §5.2 and §5.4: the code and the final size stay.
        var pair = new StreamPair();
        var ours = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        ours.Send!.Write(new byte[1_000]);
        var data = pair.Client.Send()!;
        ours.Send.ReliableSize = 10;
        ours.Send.Reset(77);
        var first = pair.Client.Send()!;
        Assert.Null(pair.Client.Streams.OnStopSending(ours.Id, 5));
        var second = pair.Client.Send()!;
        var reader = new SpanReader(second.Payload.AsSpan(1));
        Assert.True(ResetStreamFrame.TryRead(ref reader, out var reset));
        Assert.Equal(new ResetStreamFrame(ours.Id, 77, 1_000), reset);

        // The acknowledgement of the first says nothing about the second, and its loss asks for nothing.
        pair.Client.Ack(data);
        pair.Client.Ack(first);
        Assert.Equal(SendState.ResetSent, ours.Send.State);
        pair.Client.Lose(first);
        Assert.Null(pair.Client.Send());
        pair.Client.Ack(second);
        Assert.Equal(SendState.ResetReceived, ours.Send.State);
    }

    [Fact]
    public void The_reliable_size_counts_only_what_was_written()
    {
        var pair = new StreamPair();
        var ours = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        ours.Send!.Write(new byte[10]);
        ours.Send.ReliableSize = 1_000;
        ours.Send.Reset(77);
        pair.Run();
        var receive = pair.Server.Streams.TryAccept()!.Receive!;
        Assert.Equal(10, receive.Read(new byte[100]));
        Assert.Equal(77UL, receive.ResetCode);
    }

    [Fact]
    public void Another_error_code_is_refused()
    {
        // draft-ietf-quic-reliable-stream-reset §5.2
        var server = new StreamEnd(isServer: true);
        Assert.Null(server.Streams.OnResetStreamAt(2, 7, 10, 5));
        Assert.Equal((ulong)TransportErrorCode.StreamStateError, server.Streams.OnResetStreamAt(2, 8, 10, 5)?.Code);
        Assert.Equal((ulong)TransportErrorCode.StreamStateError, server.Streams.OnResetStream(2, 8, 10)?.Code);
    }

    [Fact]
    public void A_reliable_size_above_the_final_size_is_refused()
    {
        // draft-ietf-quic-reliable-stream-reset §4
        var server = new StreamEnd(isServer: true);
        Assert.Equal((ulong)TransportErrorCode.FrameEncodingError, server.Streams.OnResetStreamAt(2, 7, 10, 11)?.Code);
        var other = new StreamEnd(isServer: true, new StreamSettings { AcceptResetStreamAt = false });
        Assert.Equal((ulong)TransportErrorCode.FrameEncodingError, other.Streams.OnResetStreamAt(2, 7, 10, 5)?.Code);
    }

    [Fact]
    public void What_was_buffered_beyond_the_reliable_size_takes_no_memory()
    {
        var server = new StreamEnd(isServer: true, new StreamSettings { MaxUnreadCredit = 0 });
        server.Streams.OnStream(2, 5_000, new byte[100_000], fin: false, default);
        server.Streams.OnResetStreamAt(2, 7, 105_000, 4_000);
        Assert.Equal(0, server.Pool.RentedCount);
        server.Streams.OnStream(2, 3_000, new byte[50_000], fin: false, default);
        Assert.Equal(1, server.Pool.RentedCount);
        Assert.Equal(101_000UL, server.Streams.Window.Consumed);
    }
}
