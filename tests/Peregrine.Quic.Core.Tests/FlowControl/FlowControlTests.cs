using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class FlowControlTests
{
    private static readonly StreamSettings Small = new()
    {
        InitialStreamWindow = 1_000,
        MaxStreamWindow = 1_000,
        InitialConnectionWindow = 1_500,
        MaxConnectionWindow = 1_500,
        MaxUnreadCredit = 0,
    };

    // Robustness S6.
    [Theory]
    [InlineData(1_000UL, false)]
    [InlineData(1_001UL, true)]
    [InlineData(VarInt.MaxValue, true)]
    public void A_stream_may_reach_its_limit_and_no_further(ulong end, bool isTooFar)
    {
        ulong? expected = isTooFar ? (ulong)TransportErrorCode.FlowControlError : null;
        // RFC 9000 §4.1
        Assert.Equal(expected, new StreamEnd(true, Small).Streams.OnStream(2, end - 1, [1], fin: false, default)?.Code);
        Assert.Equal(expected, new StreamEnd(true, Small).Streams.OnStream(2, end, default, fin: true, default)?.Code);
        Assert.Equal(expected, new StreamEnd(true, Small).Streams.OnResetStream(2, 0, end)?.Code);
        Assert.Equal(expected, new StreamEnd(true, Small).Streams.OnResetStreamAt(2, 0, end, 0)?.Code);
    }

    [Fact]
    public void The_streams_together_may_reach_the_connections_limit_and_no_further()
    {
        // RFC 9000 §4.1: gaps count, and so does the final size of a reset.
        var server = new StreamEnd(true, Small);
        Assert.Null(server.Streams.OnStream(2, 799, [1], fin: false, default));
        Assert.Null(server.Streams.OnStream(6, 0, new byte[400], fin: false, default));
        Assert.Null(server.Streams.OnStream(6, 100, new byte[300], fin: false, default));
        var fault = server.Streams.OnResetStream(10, 0, 301);
        Assert.Equal((ulong)TransportErrorCode.FlowControlError, fault?.Code);
        Assert.Equal(FrameType.ResetStream, fault?.FrameType);
        Assert.Null(server.Streams.OnResetStream(10, 0, 300));
        Assert.Equal((ulong)TransportErrorCode.FlowControlError, server.Streams.OnStream(14, 0, [1], fin: false, default)?.Code);
    }

    // Robustness S3: credit grows with what was read in order, never with what arrived.
    [Fact]
    public void A_byte_at_the_limit_brings_no_credit()
    {
        var server = new StreamEnd(true, Small);
        server.Streams.OnStream(2, 999, [1], fin: false, default);
        Assert.False(server.Streams.HasPending);
        var stream = server.Streams.TryAccept()!;
        stream.Receive!.Read(new byte[2_000]);
        Assert.False(server.Streams.HasPending);
        Assert.Equal(1_500UL, server.Streams.Window.Limit);
        Assert.Equal(1, server.Pool.RentedCount);
    }

    [Fact]
    public void Reading_more_than_half_of_the_window_moves_both_limits()
    {
        var server = new StreamEnd(true, Small);
        server.Streams.OnStream(2, 0, new byte[800], fin: false, default);
        var stream = server.Streams.TryAccept()!;
        stream.Receive!.Read(new byte[500]);
        Assert.False(server.Streams.HasPending);
        stream.Receive.Read(new byte[1]);
        Assert.Equal([(SentFrameKind.MaxStreamData, 1_501UL)], Limits(server.Send()!));
        stream.Receive.Read(new byte[300]);
        Assert.Equal([(SentFrameKind.MaxData, 2_300UL)], Limits(server.Send()!));
    }

    [Fact]
    public void A_lost_limit_is_announced_again_as_it_stands_now()
    {
        // RFC 9000 §13.3
        var server = new StreamEnd(true, Small);
        server.Streams.OnStream(2, 0, new byte[1_000], fin: false, default);
        var stream = server.Streams.TryAccept()!;
        stream.Receive!.Read(new byte[800]);
        var first = server.Send()!;
        stream.Receive.Read(new byte[200]);
        server.Lose(first);
        Assert.Equal([(SentFrameKind.MaxData, 2_500UL), (SentFrameKind.MaxStreamData, 2_000UL)], Limits(server.Send()!));
        server.Lose(first);
        Assert.Null(server.Send());
    }

    [Fact]
    public void No_stream_credit_is_given_once_the_size_is_known()
    {
        // RFC 9000 §3.3
        var server = new StreamEnd(true, Small);
        server.Streams.OnStream(2, 0, new byte[900], fin: false, default);
        var stream = server.Streams.TryAccept()!;
        stream.Receive!.Read(new byte[900]);
        server.Streams.OnStream(2, 900, default, fin: true, default);
        Assert.Equal([(SentFrameKind.MaxData, 2_400UL)], Limits(server.Send()!));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("reset-at")]
    [InlineData("stop")]
    [InlineData("release")]
    public void Bytes_that_nobody_will_read_return_to_the_connection(string how)
    {
        // RFC 9000 §4.4, §4.5
        var server = new StreamEnd(true, Small);
        server.Streams.OnStream(2, 0, new byte[700], fin: false, default);
        server.Streams.OnStream(2, 800, [1], fin: false, default);
        var stream = server.Streams.TryAccept()!;
        stream.Receive!.Read(new byte[100]);
        switch (how)
        {
            case "reset":
                server.Streams.OnResetStream(2, 0, 900);
                Assert.Equal(900UL, server.Streams.Window.Consumed);
                break;
            case "reset-at":
                server.Streams.OnResetStreamAt(2, 0, 900, 750);
                Assert.Equal(900UL - 650, server.Streams.Window.Consumed);
                Assert.Equal(600, stream.Receive.Read(new byte[1_000]));
                server.Streams.OnStream(2, 700, new byte[200], fin: false, default);
                Assert.Equal(50, stream.Receive.Read(new byte[1_000]));
                Assert.Equal(900UL, server.Streams.Window.Consumed);
                break;
            case "stop":
                stream.Receive.Stop(0);
                Assert.Equal(801UL, server.Streams.Window.Consumed);
                server.Streams.OnStream(2, 701, new byte[200], fin: false, default);
                Assert.Equal(901UL, server.Streams.Window.Consumed);
                break;
            default:
                server.Streams.Release(stream);
                Assert.Equal(801UL, server.Streams.Window.Consumed);
                server.Streams.OnStream(2, 701, new byte[200], fin: true, default);
                Assert.Equal(901UL, server.Streams.Window.Consumed);
                Assert.Equal(0, server.Streams.OpenCount);
                break;
        }

        Assert.Equal(0, server.Pool.RentedCount);
        Assert.Equal(0, server.Streams.GapCount);
    }

    // Robustness S6: whatever happens to the streams, the connection's counters are the sums over them.
    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    public void The_connection_is_charged_for_each_byte_once_and_paid_back_once(int seed)
    {
        var random = new Random(seed);
        var server = new StreamEnd(true, new StreamSettings { InitialConnectionWindow = 10_000_000 });
        var highest = new ulong[20];
        var final = new ulong?[20];
        for (var step = 0; step < 20_000; step++)
        {
            var index = random.Next(20);
            var id = StreamId.FromIndex((ulong)index, isServerInitiated: false, StreamDirection.Unidirectional);
            var most = (int)(final[index] ?? 60_000);
            var offset = random.Next(0, most + 1);
            var length = random.Next(0, Math.Min(1_000, most - offset) + 1);
            var end = (ulong)(offset + length);
            switch (random.Next(12))
            {
                case 0 when final[index] is not null || random.Next(10) == 0:
                    final[index] ??= Math.Max(highest[index], end);
                    Assert.Null(server.Streams.OnResetStream(id, 1, final[index]!.Value));
                    break;
                case 1 when final[index] is not null || random.Next(10) == 0:
                    final[index] ??= Math.Max(highest[index], end);
                    var reliable = (ulong)random.NextInt64((long)final[index]!.Value + 1);
                    Assert.Null(server.Streams.OnResetStreamAt(id, 1, final[index]!.Value, reliable));
                    break;
                case 2 when server.Streams.TryGet(id, out var stopped) && random.Next(20) == 0:
                    stopped.Receive!.Stop(2);
                    break;
                case 3 when server.Streams.TryGet(id, out var read):
                    read.Receive!.Read(new byte[random.Next(5_000)]);
                    break;
                default:
                    var fin = final[index] == end;
                    Assert.Null(server.Streams.OnStream(id, (ulong)offset, new byte[length], fin, default));
                    highest[index] = Math.Max(highest[index], end);
                    break;
            }

            highest[index] = Math.Max(highest[index], final[index] ?? 0);
            var sum = 0UL;
            foreach (var value in highest)
                sum += value;
            Assert.Equal(sum, server.Streams.Window.Received);
        }

        for (var index = 0; index < 20; index++)
        {
            var id = StreamId.FromIndex((ulong)index, isServerInitiated: false, StreamDirection.Unidirectional);
            if (server.Streams.TryGet(id, out var stream))
            {
                server.Streams.OnResetStream(id, 1, final[index] ?? highest[index]);
                server.Streams.Release(stream);
            }
        }

        Assert.Equal(server.Streams.Window.Received, server.Streams.Window.Consumed);
        Assert.Equal((0, 0, 0), (server.Streams.OpenCount, server.Streams.GapCount, server.Pool.RentedCount));
    }

    [Fact]
    public void The_sender_stops_at_either_limit_says_so_once_and_goes_on_when_it_is_raised()
    {
        // RFC 9000 §4.1
        var pair = new StreamPair(Small);
        var one = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        var two = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        one.Send!.Write(new byte[2_000]);
        two.Send!.Write(new byte[800]);
        pair.Cross(pair.Client, pair.Server);
        Assert.Equal(1_500UL, pair.Server.Streams.Window.Received);
        Assert.False(pair.Client.Streams.HasPending);

        Assert.Null(pair.Client.Streams.OnMaxStreamData(one.Id, 900));
        Assert.Null(pair.Client.Streams.OnMaxData(1_400));
        Assert.False(pair.Client.Streams.HasPending);

        var received = 0;
        while (pair.Server.Streams.TryAccept() is { } accepted)
            received += accepted.Receive!.Read(new byte[5_000]);
        pair.Run();
        pair.Server.Streams.TryGet(one.Id, out var first);
        pair.Server.Streams.TryGet(two.Id, out var second);
        received += first!.Receive!.Read(new byte[5_000]) + second!.Receive!.Read(new byte[5_000]);
        Assert.Equal(2_800, received);
    }

    [Fact]
    public void A_blocked_sender_tells_each_limit_once_and_again_when_that_is_lost()
    {
        // RFC 9000 §4.1, §13.3
        var pair = new StreamPair(Small);
        var stream = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        stream.Send!.Write(new byte[5_000]);
        Assert.Equal([SentFrameKind.Stream], Kinds(pair.Client.Send(2_000)!));
        var blocked = pair.Client.Send()!;
        Assert.Equal([(SentFrameKind.StreamDataBlocked, 1_000UL)], Limits(blocked));
        Assert.Null(pair.Client.Send());
        pair.Client.Lose(blocked);
        Assert.Equal([(SentFrameKind.StreamDataBlocked, 1_000UL)], Limits(pair.Client.Send()!));

        pair.Client.Streams.OnMaxStreamData(stream.Id, 4_000);
        pair.Client.Lose(blocked);
        Assert.Equal([SentFrameKind.Stream], Kinds(pair.Client.Send(2_000)!));
        Assert.Equal([(SentFrameKind.DataBlocked, 1_500UL)], Limits(pair.Client.Send()!));
        Assert.Null(pair.Client.Send());
    }

    [Fact]
    public void Retransmission_asks_no_credit()
    {
        var pair = new StreamPair(Small);
        var stream = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        stream.Send!.Write(new byte[1_000]);
        stream.Send.Finish();
        var other = pair.Client.Streams.TryOpen(StreamDirection.Unidirectional)!;
        other.Send!.Write(new byte[1_000]);
        var packet = pair.Client.Send(2_000)!;
        Assert.Equal(2, packet.Frames.Length);
        pair.Client.Send();
        Assert.False(pair.Client.Streams.HasPending);
        pair.Client.Lose(packet);
        Assert.True(pair.Client.Streams.HasPending);
        Assert.Equal([1_000, 500], pair.Client.Send(2_000)!.Frames.Select(f => f.Length));
    }

    // Robustness S10.
    [Fact]
    public void A_gibibyte_crosses_a_window_of_64_KiB_without_a_stall()
    {
        var settings = new StreamSettings
        {
            InitialStreamWindow = 65_536,
            MaxStreamWindow = 65_536,
            InitialConnectionWindow = 65_536,
            MaxConnectionWindow = 65_536,
        };
        var pair = new StreamPair(settings);
        var (ours, theirs) = pair.Open();
        var chunk = new byte[32_768];
        var received = 0L;
        const long total = 1L << 30;
        for (var written = 0L; received < total;)
        {
            if (written < total)
                written += ours.Send!.Write(chunk.AsSpan(0, (int)Math.Min(chunk.Length, total - written)));
            if (pair.Client.Send(16_384) is { } packet)
            {
                Assert.Null(pair.Server.Receive(packet, pair.Now));
                pair.Client.Ack(packet);
            }

            received += theirs.Receive!.Read(chunk);
            if (pair.Server.Send() is { } answer)
                Assert.Null(pair.Client.Receive(answer));
        }

        Assert.Equal(total, received);
    }

    [Fact]
    public void Final_sizes_up_to_the_largest_varint_are_carried_exactly()
    {
        // Robustness V3.
        var settings = new StreamSettings
        {
            InitialStreamWindow = VarInt.MaxValue,
            MaxStreamWindow = VarInt.MaxValue,
            InitialConnectionWindow = VarInt.MaxValue,
            MaxConnectionWindow = VarInt.MaxValue,
        };
        foreach (var size in (ulong[])[0, 1UL << 60, (1UL << 60) + 1, VarInt.MaxValue - 0xfff, VarInt.MaxValue - 1, VarInt.MaxValue])
        {
            var server = new StreamEnd(true, settings);
            Assert.Null(server.Streams.OnResetStream(2, 1, size));
            Assert.Equal(size, server.Streams.Window.Received);
            Assert.Equal(size, server.Streams.Window.Consumed);
            var fault = server.Streams.OnStream(6, VarInt.MaxValue - size, [1], fin: false, default);
            Assert.Equal((ulong)TransportErrorCode.FlowControlError, fault?.Code);

            server = new StreamEnd(true, settings);
            Assert.Null(server.Streams.OnStream(2, size, default, fin: true, default));
            if (size > 0)
                Assert.Null(server.Streams.OnStream(2, size - 1, [1], fin: true, default));
            Assert.True(server.Pool.RentedCount <= 1);
            Assert.Null(server.Streams.OnResetStreamAt(2, 1, size, size));
            server.Streams.TryAccept()!.Receive!.Stop(0);
            Assert.Equal(size, server.Streams.Window.Consumed);
            while (server.Streams.HasPending)
                Assert.NotNull(server.Send());
        }
    }

    private static IEnumerable<SentFrameKind> Kinds(SentPacket packet) => packet.Frames.Select(f => f.Kind);

    private static IEnumerable<(SentFrameKind Kind, ulong Limit)> Limits(SentPacket packet) => packet.Frames.Select(f => (f.Kind, f.Offset));
}
