using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class SendSchedulingTests
{
    private static readonly StreamSettings Wide = new()
    {
        InitialStreamWindow = 10_000_000,
        MaxStreamWindow = 10_000_000,
        InitialConnectionWindow = 15_000_000,
    };

    private readonly StreamPair _pair = new(Wide);

    [Fact]
    public void A_frame_that_fills_the_packet_has_no_length()
    {
        // RFC 9000 §19.8
        var stream = Open();
        stream.Send!.Write(new byte[2_000]);
        var packet = _pair.Client.Send(1_200)!;
        Assert.Equal(1_200, packet.Payload.Length);
        Assert.Equal([0x08, (byte)stream.Id], packet.Payload[..2]);
        Assert.Equal(1_198, packet.Frames[0].Length);
    }

    [Fact]
    public void A_frame_that_leaves_room_has_a_length()
    {
        var stream = Open();
        stream.Send!.Write([7, 8, 9]);
        stream.Send.Finish();
        Assert.Equal([0x0b, (byte)stream.Id, 3, 7, 8, 9], _pair.Client.Send()!.Payload);
    }

    [Theory]
    [InlineData(1_190)]
    [InlineData(1_195)]
    [InlineData(1_196)]
    [InlineData(1_197)]
    [InlineData(1_198)]
    [InlineData(1_199)]
    [InlineData(1_200)]
    public void Any_amount_around_the_size_of_a_packet_arrives_whole(int size)
    {
        var stream = Open();
        var data = new byte[size];
        new Random(size).NextBytes(data);
        stream.Send!.Write(data);
        stream.Send.Finish();
        _pair.Run();
        var received = new byte[2_000];
        var receive = _pair.Server.Streams.TryAccept()!.Receive!;
        var count = receive.Read(received);
        Assert.True(data.AsSpan().SequenceEqual(received.AsSpan(0, count)));
        Assert.True(receive.IsFinished);
    }

    [Fact]
    public void Streams_take_turns_packet_by_packet()
    {
        var streams = new[] { Open(), Open(), Open() };
        foreach (var stream in streams)
            stream.Send!.Write(new byte[3_000]);
        var order = Enumerable.Range(0, 6).Select(_ => Assert.Single(_pair.Client.Send()!.Frames).Id);
        Assert.Equal([2UL, 6, 10, 2, 6, 10], order);
    }

    [Fact]
    public void Small_writes_of_many_streams_share_a_packet()
    {
        for (var i = 0; i < 100; i++)
            Open().Send!.Write([1]);
        Assert.Equal(PacketBuilder.MaxFrames, _pair.Client.Send()!.Frames.Length);
        Assert.Equal(100 - PacketBuilder.MaxFrames, _pair.Client.Send()!.Frames.Length);
        Assert.False(_pair.Client.Streams.HasPending);
    }

    [Fact]
    public void What_was_lost_goes_before_what_is_new()
    {
        // RFC 9000 §13.3
        var first = Open();
        first.Send!.Write(new byte[1_000]);
        var lost = _pair.Client.Send()!;
        var second = Open();
        second.Send!.Write(new byte[5_000]);
        _pair.Client.Lose(lost);
        Assert.Equal([first.Id, second.Id], _pair.Client.Send()!.Frames.Select(f => f.Id));
    }

    [Fact]
    public void A_fin_rides_on_the_last_bytes_or_goes_alone()
    {
        var stream = Open();
        stream.Send!.Write([1]);
        var data = _pair.Client.Send()!;
        Assert.False(data.Frames[0].Fin);
        stream.Send.Finish();
        var fin = _pair.Client.Send()!;
        Assert.Equal(new SentFrame(SentFrameKind.Stream, stream.Id, 1, 0, Fin: true), Assert.Single(fin.Frames));
        _pair.Client.Lose(data);
        _pair.Client.Lose(fin);
        var both = _pair.Client.Send()!;
        Assert.Equal(new SentFrame(SentFrameKind.Stream, stream.Id, 0, 1, Fin: true), Assert.Single(both.Frames));
        Assert.Null(_pair.Client.Send());
    }

    [Fact]
    public void A_lone_fin_that_is_lost_goes_again_unless_another_copy_arrived()
    {
        // RFC 9000 §13.3
        var stream = Open();
        stream.Send!.Write([1]);
        _pair.Client.Ack(_pair.Client.Send()!);
        stream.Send.Finish();
        var first = _pair.Client.Send()!;
        _pair.Client.Lose(first);
        var second = _pair.Client.Send()!;
        Assert.Equal(first.Payload, second.Payload);
        _pair.Client.Ack(first);
        Assert.Equal(SendState.DataReceived, stream.Send.State);
        _pair.Client.Lose(second);
        Assert.Null(_pair.Client.Send());
    }

    [Fact]
    public void An_empty_stream_is_one_frame()
    {
        var stream = Open();
        stream.Send!.Finish();
        Assert.Equal([0x0b, (byte)stream.Id, 0], _pair.Client.Send()!.Payload);
        Assert.Null(_pair.Client.Send());
    }

    [Fact]
    public void The_buffer_takes_64_KiB_and_tells_when_there_is_room_again()
    {
        var stream = Open();
        Assert.Equal(65_536, stream.Send!.Write(new byte[100_000]));
        Assert.Equal(0, stream.Send.Write([1]));
        Assert.DoesNotContain(ConnectionEventKind.StreamWritable, _pair.Client.TakeEvents());
        var flight = new List<SentPacket>();
        for (var i = 0; i < 20; i++)
            flight.Add(_pair.Client.Send()!);
        Assert.DoesNotContain(ConnectionEventKind.StreamWritable, _pair.Client.TakeEvents());
        flight.ForEach(_pair.Client.Ack);
        Assert.Single(_pair.Client.TakeEvents(), ConnectionEventKind.StreamWritable);
        Assert.InRange(stream.Send.Write(new byte[100_000]), 20_000, 25_000);
    }

    [Fact]
    [Trait("Review", "U19")]
    public void The_buffer_follows_twice_the_congestion_window_between_its_bounds()
    {
        var stream = Open();
        var chunk = new byte[20_000_000];
        var written = 0;
        var sizes = new List<int>();
        foreach (var window in (ulong[])[12_000, 40_000, 100_000, 3_000_000, 200_000, 100_000_000, ulong.MaxValue / 2])
        {
            _pair.Client.Streams.Observe(_pair.Now, Duration.Zero, window);
            written += stream.Send!.Write(chunk);
            sizes.Add(written);
        }

        // Nothing was acknowledged, and what is buffered stays when the window falls.
        var cap = _pair.Client.Settings.MaxStreamSendBuffer;
        Assert.Equal([65_536, 80_000, 200_000, 6_000_000, 6_000_000, cap, cap], sizes);
    }

    [Fact]
    [Trait("Review", "U19")]
    public void All_streams_together_follow_it_too()
    {
        var chunk = new byte[20_000_000];
        _pair.Client.Streams.Observe(_pair.Now, Duration.Zero, 3_000_000);
        Assert.Equal(6_000_000, Open().Send!.Write(chunk));
        Assert.Equal(_pair.Client.Settings.ReservedStreamSendBuffer, Open().Send!.Write(chunk));
    }

    [Fact]
    public void A_stalled_stream_does_not_grow_its_buffer()
    {
        var pair = new StreamPair();
        var stream = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        var written = 0;
        for (var round = 0; round < 50; round++)
        {
            written += stream.Send!.Write(new byte[1_000_000]);
            pair.Cross(pair.Client, pair.Server);
        }

        // 256 KiB of credit, and then one buffer that cannot leave.
        Assert.InRange(written, 262_144 + 65_536, 262_144 + (1024 * 1024));
        Assert.Equal(0, stream.Send!.Write([1]));
    }

    [Fact]
    public void All_streams_share_a_budget_but_none_starves()
    {
        var settings = Wide with { InitialConnectionSendBuffer = 100_000, MaxConnectionSendBuffer = 200_000 };
        var pair = new StreamPair(settings);
        var streams = Enumerable.Range(0, 10).Select(_ => pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!).ToList();
        var taken = streams.ConvertAll(s => s.Send!.Write(new byte[50_000]));
        Assert.Equal([50_000, 50_000, .. Enumerable.Repeat(settings.ReservedStreamSendBuffer, 8)], taken);
        Assert.Equal(taken.Sum(), pair.Client.Streams.Budget.Used);

        // Every stream is woken and gets through in the end.
        var left = taken.ConvertAll(t => t == 50_000 ? 0 : 200_000);
        while (left.Exists(l => l > 0))
        {
            pair.Run();
            while (pair.Server.Streams.TryAccept() is not null)
            {
            }

            var woken = new HashSet<CoreStream>();
            while (pair.Client.Events.TryTake(out var taken1))
            {
                if (taken1.Kind == ConnectionEventKind.StreamWritable)
                    woken.Add((CoreStream)taken1.Stream!);
            }

            Assert.NotEmpty(woken);
            foreach (var stream in woken)
            {
                var index = streams.IndexOf(stream);
                left[index] -= stream.Send!.Write(new byte[Math.Max(0, left[index])]);
            }
        }

        pair.Run();
        Assert.Equal(0, pair.Client.Streams.Budget.Used);
    }

    [Fact]
    public void Receiving_and_sending_a_stream_frame_allocate_nothing_in_steady_state()
    {
        var (ours, theirs) = _pair.Open();
        var payload = new byte[1_200];
        var frames = new SentFrame[PacketBuilder.MaxFrames];
        var data = new byte[12_000];
        var allocated = 0L;
        for (var round = 0; round < 2_000; round++)
        {
            if (round == 500)
                allocated = GC.GetAllocatedBytesForCurrentThread();
            ours.Send!.Write(data);
            Transfer(_pair.Client.Streams, _pair.Server.Streams, payload, frames);
            theirs.Receive!.Read(data);
            Transfer(_pair.Server.Streams, _pair.Client.Streams, payload, frames);
            while (_pair.Client.Events.TryTake(out _) || _pair.Server.Events.TryTake(out _))
            {
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
        Assert.Equal(24_000_000UL + 1, ours.Send!.BytesAcked);
    }

    private static void Transfer(StreamSet from, StreamSet to, byte[] payload, SentFrame[] frames)
    {
        var packets = 0;
        while (from.HasPending)
        {
            var builder = new PacketBuilder(payload, frames);
            from.WriteControlFrames(ref builder);
            from.WriteStreamFrames(ref builder);
            var reader = new SpanReader(builder.Writer.Written);
            while (reader.Remaining > 0)
            {
                reader.TryReadVarInt(out var type);
                if (type == FrameType.MaxData)
                {
                    MaxDataFrame.TryRead(ref reader, out var maxData);
                    to.OnMaxData(maxData.MaximumData);
                }
                else if (type == FrameType.MaxStreamData)
                {
                    MaxStreamDataFrame.TryRead(ref reader, out var maxStreamData);
                    to.OnMaxStreamData(maxStreamData.StreamId, maxStreamData.MaximumStreamData);
                }
                else
                {
                    StreamFrame.TryRead(ref reader, type, out var frame);
                    to.OnStream(frame.StreamId, frame.Offset, frame.Data, frame.Fin, default);
                }
            }

            // Every seventh packet is lost after all.
            foreach (var frame in builder.Frames)
            {
                if (++packets % 7 == 0)
                    from.OnFrameLost(frame);
                else
                    from.OnFrameAcked(frame);
            }
        }
    }

    private CoreStream Open() => _pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
}
