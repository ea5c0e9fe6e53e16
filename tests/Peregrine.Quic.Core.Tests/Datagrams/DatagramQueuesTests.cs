using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class DatagramQueuesTests
{
    private readonly ConnectionEvents _events = new();
    private readonly byte[] _payload = new byte[70_000];
    private readonly SentFrame[] _frames = new SentFrame[PacketBuilder.MaxFrames];

    [Fact]
    public void Datagrams_cross_whole_and_in_order()
    {
        var (sender, receiver) = (Ready(), Ready());
        for (var i = 1; i <= 20; i++)
            Assert.Equal(CoreDatagramResult.Queued, sender.TrySend(Pattern(i * 50)));
        while (sender.HasPending)
            Deliver(Write(sender, 1_200), receiver);
        for (var i = 1; i <= 20; i++)
        {
            var buffer = new byte[2_000];
            Assert.True(receiver.TryReceive(buffer, out var length));
            Assert.Equal(Pattern(i * 50), buffer[..length]);
        }

        Assert.False(receiver.TryReceive(new byte[10], out var none));
        Assert.Equal(0, none);
        Assert.Equal((20UL, 20UL), (sender.SentCount, receiver.ReceivedCount));
    }

    [Fact]
    public void A_datagram_of_two_parts_is_one_datagram()
    {
        var (sender, receiver) = (Ready(), Ready());
        sender.TrySend([1, 2], [3, 4, 5]);
        Deliver(Write(sender, 1_200), receiver);
        var buffer = new byte[10];
        Assert.True(receiver.TryReceive(buffer, out var length));
        Assert.Equal([1, 2, 3, 4, 5], buffer[..length]);
    }

    [Theory]
    [InlineData(1_199, 0x30)]
    [InlineData(1_198, 0x31)]
    [InlineData(1_197, 0x31)]
    [InlineData(100, 0x31)]
    [InlineData(0, 0x31)]
    public void The_length_is_left_out_only_when_the_frame_fills_the_packet(int length, int type)
    {
        // RFC 9221 §4
        var queues = Ready(room: 1_202);
        Assert.Equal(CoreDatagramResult.Queued, queues.TrySend(new byte[length]));
        var packet = Write(queues, type == 0x30 ? 1_200 : 1_202);
        Assert.Equal(type, packet[0]);
        Assert.Equal(length + (type == 0x30 ? 1 : 1 + VarInt.Length((ulong)length)), packet.Length);
    }

    [Fact]
    public void A_datagram_that_does_not_fit_waits_whole()
    {
        var queues = Ready();
        queues.TrySend(new byte[1_000]);
        Assert.Empty(Write(queues, 1_000));
        Assert.True(queues.HasPending);
        Assert.Equal(1_003, Write(queues, 1_100).Length);
        Assert.False(queues.HasPending);
    }

    [Theory]
    [InlineData(65_535UL, 1_200, 1_197)]
    [InlineData(1_000UL, 1_200, 997)]
    [InlineData(66UL, 1_200, 63)]
    [InlineData(65UL, 1_200, 63)]
    [InlineData(2UL, 1_200, 0)]
    [InlineData(1UL, 1_200, 0)]
    [InlineData(0UL, 1_200, 0)]
    [InlineData(VarInt.MaxValue, 65_000, 64_995)]
    [InlineData(1_000UL, -5, 0)]
    public void The_longest_datagram_follows_from_the_peers_frame_size_and_the_room(ulong peer, int room, int expected)
    {
        // RFC 9221 §3
        var queues = new DatagramQueues(DatagramSettings.Default, _events);
        queues.SetLimits(peer, room);
        Assert.Equal(expected, queues.MaxDatagramSize);
    }

    [Fact]
    public void What_happened_to_a_datagram_is_told()
    {
        var queues = new DatagramQueues(DatagramSettings.Default, _events);
        Assert.Equal(CoreDatagramResult.Unsupported, queues.TrySend([1]));
        queues.SetLimits(1_000, 1_200);
        Assert.Equal(CoreDatagramResult.TooLarge, queues.TrySend(new byte[998]));
        Assert.Equal(CoreDatagramResult.TooLarge, queues.TrySend(new byte[500], new byte[498]));
        for (var i = 0; i < 64; i++)
            Assert.Equal(CoreDatagramResult.Queued, queues.TrySend([1]));
        Assert.Equal(CoreDatagramResult.Full, queues.TrySend([1]));
        Assert.Equal(CoreDatagramResult.Full, queues.TrySend([1]));
        Assert.True(_events.IsEmpty);
        Write(queues, 10);
        Assert.True(_events.TryTake(out var room));
        Assert.Equal(ConnectionEventKind.DatagramRoom, room.Kind);
        Assert.True(_events.IsEmpty);
        queues.Close();
        Assert.Equal(CoreDatagramResult.Closed, queues.TrySend([1]));
        Assert.False(queues.HasPending);
    }

    // Robustness D1.
    [Fact]
    public void A_flood_on_an_idle_application_drops_the_oldest_and_counts_them()
    {
        var queues = Ready();
        for (var i = 0; i < 10_000; i++)
            Assert.Null(queues.OnDatagram(BitConverter.GetBytes(i), 7));
        Assert.Equal((10_000UL, 9_744UL), (queues.ReceivedCount, queues.DroppedCount));
        var buffer = new byte[4];
        for (var i = 9_744; i < 10_000; i++)
        {
            Assert.True(queues.TryReceive(buffer, out _));
            Assert.Equal(i, BitConverter.ToInt32(buffer));
        }

        Assert.False(queues.TryPeekLength(out _));
    }

    [Fact]
    public void A_flood_of_long_datagrams_is_bounded_in_bytes()
    {
        var queues = Ready();
        for (var i = 0; i < 100; i++)
            Assert.Null(queues.OnDatagram(new byte[60_000], 60_004));
        var waiting = 0;
        while (queues.TryReceive(new byte[60_000], out _))
            waiting++;
        Assert.Equal(512 * 1024 / 60_000, waiting);
        Assert.Equal(100UL - (ulong)waiting, queues.DroppedCount);
    }

    [Fact]
    public void Only_what_was_negotiated_is_taken()
    {
        // RFC 9221 §3: PROTOCOL_VIOLATION.
        const ulong error = (ulong)TransportErrorCode.ProtocolViolation;
        var queues = new DatagramQueues(new DatagramSettings { MaxFrameSize = 100 }, _events);
        Assert.Null(queues.OnDatagram(new byte[97], 100));
        Assert.Equal(error, queues.OnDatagram(new byte[98], 101)?.Code);
        queues = new DatagramQueues(new DatagramSettings { MaxFrameSize = 0 }, _events);
        Assert.Equal(error, queues.OnDatagram(default, 1)?.Code);
    }

    [Fact]
    public void A_destination_that_is_too_small_leaves_the_datagram_and_tells_its_length()
    {
        var queues = Ready();
        queues.OnDatagram([1, 2, 3, 4], 6);
        Assert.True(queues.TryPeekLength(out var length));
        Assert.Equal(4, length);
        Assert.False(queues.TryReceive(new byte[3], out length));
        Assert.Equal(4, length);
        Assert.True(queues.TryReceive(new byte[4], out length));
        Assert.Equal(4, length);
    }

    [Fact]
    public void An_empty_datagram_is_a_datagram()
    {
        var queues = Ready();
        queues.OnDatagram(default, 1);
        Assert.True(queues.TryReceive(default, out var length));
        Assert.Equal(0, length);
        Assert.False(queues.TryReceive(default, out _));
    }

    [Fact]
    public void Arrivals_are_told_once_until_the_application_looks()
    {
        var queues = Ready();
        queues.OnDatagram([1], 2);
        queues.OnDatagram([2], 2);
        Assert.True(_events.TryTake(out var arrived));
        Assert.Equal(ConnectionEventKind.DatagramReceived, arrived.Kind);
        Assert.True(_events.IsEmpty);
        queues.TryReceive(new byte[1], out _);
        queues.OnDatagram([3], 2);
        Assert.True(_events.TryTake(out _));
        Assert.True(_events.IsEmpty);
    }

    [Fact]
    public void A_datagram_that_outgrew_the_path_does_not_block_the_others()
    {
        var queues = Ready();
        queues.TrySend(new byte[1_190]);
        queues.TrySend([5]);
        queues.SetLimits(65_535, 1_000);
        Assert.Equal([0x31, 1, 5], Write(queues, 1_000));
        Assert.Equal((1UL, 1UL), (queues.UnsendableCount, queues.SentCount));
    }

    [Fact]
    public void A_lost_datagram_is_counted_and_not_sent_again()
    {
        // RFC 9221 §5.2
        var queues = Ready();
        queues.TrySend([1]);
        Write(queues, 1_200);
        queues.OnFrameLost();
        Assert.Equal(1UL, queues.LostCount);
        Assert.False(queues.HasPending);
    }

    [Theory]
    [InlineData(41)]
    [InlineData(42)]
    [InlineData(43)]
    public void The_ring_keeps_order_and_bytes_through_growth_and_wrapping(int seed)
    {
        var random = new Random(seed);
        var ring = new DatagramRing(maxCount: 100, maxBytes: 50_000);
        var model = new Queue<byte[]>();
        for (var step = 0; step < 20_000; step++)
        {
            var data = new byte[random.Next(0, step % 5_000)];
            random.NextBytes(data);
            Assert.Equal(model.Count < 100 && model.Sum(m => m.Length) + data.Length <= 50_000, ring.HasRoomFor(data.Length));
            if (random.Next(2) == 0 && ring.HasRoomFor(data.Length))
            {
                var cut = random.Next(data.Length + 1);
                ring.Add(data.AsSpan(0, cut), data.AsSpan(cut));
                model.Enqueue(data);
            }
            else if (model.TryDequeue(out var expected))
            {
                Assert.Equal(expected.Length, ring.FirstLength);
                var copy = new byte[expected.Length];
                ring.CopyFirstTo(copy);
                ring.RemoveFirst();
                Assert.True(expected.AsSpan().SequenceEqual(copy));
            }

            Assert.Equal(model.Count, ring.Count);
        }
    }

    [Fact]
    public void Sending_and_receiving_allocate_nothing_in_steady_state()
    {
        var queues = Ready();
        var data = new byte[1_000];
        var allocated = 0L;
        for (var round = 0; round < 2_000; round++)
        {
            if (round == 100)
                allocated = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 30; i++)
            {
                queues.TrySend(data);
                queues.OnDatagram(data, 1_003);
            }

            while (queues.HasPending)
            {
                var builder = new PacketBuilder(_payload.AsSpan(0, 1_200), _frames);
                queues.WriteFrames(ref builder);
            }

            while (queues.TryReceive(data, out _) || _events.TryTake(out _))
            {
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static void Deliver(byte[] packet, DatagramQueues receiver)
    {
        var reader = new SpanReader(packet);
        while (reader.TryReadVarInt(out var type))
        {
            Assert.True(DatagramFrame.TryRead(ref reader, type, out var frame, out var frameLength));
            Assert.Null(receiver.OnDatagram(frame.Data, frameLength));
        }
    }

    private DatagramQueues Ready(int room = 1_200)
    {
        var queues = new DatagramQueues(DatagramSettings.Default, _events);
        queues.SetLimits(65_535, room);
        return queues;
    }

    private byte[] Write(DatagramQueues queues, int room)
    {
        var builder = new PacketBuilder(_payload.AsSpan(0, room), _frames);
        queues.WriteFrames(ref builder);
        return builder.Writer.Written.ToArray();
    }
}
