namespace Peregrine.Quic.Core.Tests;

/// <summary>Streams of higher priority send first, strictly; equals take turns.</summary>
public sealed class PriorityTests
{
    private static readonly StreamSettings Wide = new()
    {
        InitialStreamWindow = 10_000_000,
        MaxStreamWindow = 10_000_000,
        InitialConnectionWindow = 15_000_000,
    };

    private readonly StreamPair _pair = new(Wide);

    [Fact]
    [Trait("Review", "P9")]
    public void A_stream_of_higher_priority_sends_all_it_has_before_the_others()
    {
        var low = Open(-1, 3_000);
        var usual = Open(0, 3_000);
        var high = Open(long.MaxValue, 3_000);
        Assert.Equal([high.Id, usual.Id, low.Id], Order().Distinct());
        Assert.Equal(3_000UL, low.Send!.BytesSent);
    }

    [Fact]
    [Trait("Review", "P9")]
    public void Streams_of_equal_priority_take_turns()
    {
        var first = Open(7, 3_000).Id;
        var second = Open(7, 3_000).Id;
        Open(0, 10);
        Assert.Equal([first, second, first, second], Enumerable.Range(0, 4).Select(_ => Assert.Single(_pair.Client.Send()!.Frames).Id));
    }

    [Fact]
    [Trait("Review", "P9")]
    public void A_priority_changes_while_the_stream_waits()
    {
        var first = Open(0, 3_000);
        var second = Open(0, 3_000);
        Assert.Equal(first.Id, Assert.Single(_pair.Client.Send()!.Frames).Id);
        first.Send!.Priority = 1;
        Assert.Equal([first.Id, first.Id], Enumerable.Range(0, 2).Select(_ => _pair.Client.Send()!.Frames[0].Id));
        second.Send!.Priority = -5;
        second.Send.Priority = 5;
        Assert.Equal([second.Id], Order().Distinct());
    }

    // RFC 9000 §13.3
    [Fact]
    [Trait("Review", "P9")]
    public void New_data_of_higher_priority_goes_before_what_a_lower_one_lost()
    {
        var low = Open(0, 1_000);
        var lost = _pair.Client.Send()!;
        _pair.Client.Lose(lost);
        var high = Open(1, 1_000);
        Assert.Equal([high.Id, low.Id], Order().Distinct());
    }

    [Fact]
    [Trait("Review", "P9")]
    public void Many_priorities_in_any_order_come_out_sorted()
    {
        var random = new Random(1);
        var priorities = Enumerable.Range(0, 90).Select(_ => random.NextInt64(long.MinValue, long.MaxValue)).ToArray();
        var streams = priorities.ToDictionary(p => Open(p, 100).Id);
        Assert.Equal(priorities.OrderDescending(), Order().Distinct().Select(id => streams[id]));
        Assert.False(_pair.Client.Streams.HasPending);
    }

    [Fact]
    [Trait("Review", "P9")]
    public void A_stream_counts_what_was_written_sent_acknowledged_received_and_read()
    {
        var stream = Open(0, 2_000);
        Assert.Equal((2_000UL, 0UL, 0UL), Counts(stream));
        var packet = _pair.Client.Send(1_000)!;
        Assert.Equal(0UL, stream.Send!.BytesAcked);
        Assert.Null(_pair.Server.Receive(packet));
        _pair.Client.Ack(packet);
        var carried = (ulong)packet.Frames[0].Length;
        Assert.Equal((2_000UL, carried, carried), Counts(stream));

        var receive = _pair.Server.Streams.TryAccept()!.Receive!;
        Assert.Null(_pair.Server.Streams.OnStream(stream.Id, 1_900, new byte[100], fin: false, default));
        Assert.Equal((carried, 0UL), (receive.BytesReceived, receive.BytesRead));
        receive.Read(new byte[10]);
        receive.Advance(receive.Peek().Length - 5);
        Assert.Equal((carried, carried - 5), (receive.BytesReceived, receive.BytesRead));

        // Neither a reset nor a stop makes them fall, nor counts what nobody read.
        Assert.Null(_pair.Server.Streams.OnResetStream(stream.Id, 1, 2_000));
        receive.Stop(1);
        stream.Send!.Reset(1);
        Assert.Equal((carried, carried - 5), (receive.BytesReceived, receive.BytesRead));
        Assert.Equal((2_000UL, carried, carried), Counts(stream));

        static (ulong Written, ulong Sent, ulong Acked) Counts(CoreStream stream) =>
            (stream.Send!.BytesWritten, stream.Send.BytesSent, stream.Send.BytesAcked);
    }

    private CoreStream Open(long priority, int bytes)
    {
        var stream = _pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        stream.Send!.Priority = priority;
        stream.Send.Write(new byte[bytes]);
        return stream;
    }

    private List<ulong> Order()
    {
        var order = new List<ulong>();
        while (_pair.Client.Send() is { } packet)
            order.AddRange(packet.Frames.Select(frame => frame.Id));
        return order;
    }
}
