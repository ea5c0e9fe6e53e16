using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

public sealed class StreamDeliveryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Bytes_arrive_once_and_in_order_over_a_network_that_drops_repeats_and_reorders(int seed)
    {
        // RFC 9000 §2.2
        var random = new Random(seed);
        var settings = new StreamSettings { InitialStreamWindow = 20_000, InitialConnectionWindow = 50_000 };
        var pair = new StreamPair(settings);
        var network = new Lossy(pair, random);
        var transfers = new List<Transfer>();
        for (var i = 0; i < 6; i++)
        {
            var end = i % 2 == 0 ? pair.Client : pair.Server;
            transfers.Add(new Transfer(end.Streams.TryOpen((StreamDirection)(i / 3))!, random.Next(0, 200_000), i, random));
        }

        for (var step = 0; !transfers.TrueForAll(t => t.IsDone); step++)
        {
            Assert.True(step < 2_000_000, $"seed {seed} does not end");
            foreach (var transfer in transfers)
                transfer.Write();
            network.Step();
            Accept(pair.Client, transfers);
            Accept(pair.Server, transfers);
            foreach (var transfer in transfers)
                transfer.Read();
        }

        network.Settle();
        pair.Run();
        foreach (var transfer in transfers)
            Assert.Equal(SendState.DataReceived, transfer.Sender.State);
        Assert.Equal(0, pair.Client.Pool.RentedCount + pair.Server.Pool.RentedCount);
        Assert.Equal(0, pair.Client.Streams.Budget.Used + pair.Server.Streams.Budget.Used);
        Assert.Equal(0, pair.Client.Streams.GapCount);
        Assert.Equal(0, pair.Server.Streams.GapCount);
    }

    private static void Accept(StreamEnd end, List<Transfer> transfers)
    {
        while (end.Streams.TryAccept() is { } accepted)
            transfers.Single(t => t.Id == accepted.Id).Receiver = accepted.Receive!;
    }

    private sealed class Transfer(CoreStream stream, int size, int salt, Random random)
    {
        private int _written;
        private int _read;

        public ulong Id => stream.Id;

        public SendStream Sender => stream.Send!;

        public ReceiveStream? Receiver { get; set; }

        public bool IsDone => Receiver is { IsFinished: true };

        public void Write()
        {
            var chunk = new byte[Math.Min(random.Next(0, 20_000), size - _written)];
            for (var i = 0; i < chunk.Length; i++)
                chunk[i] = At(_written + i);
            _written += Sender.Write(chunk);
            if (_written == size)
                Sender.Finish();
        }

        public void Read()
        {
            if (Receiver is null || random.Next(3) == 0)
                return;
            if (random.Next(2) == 0)
            {
                var piece = new byte[random.Next(1, 10_000)];
                Check(piece.AsSpan(0, Receiver.Read(piece)));
                return;
            }

            var sequence = Receiver.Peek();
            var taken = random.NextInt64(0, sequence.Length + 1);
            foreach (var segment in sequence.Slice(0, taken))
                Check(segment.Span);
            Receiver.Advance(taken);
        }

        private void Check(ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes)
                Assert.Equal(At(_read++), value);
        }

        private byte At(int offset) => unchecked((byte)((offset * 31) ^ (offset >> 8) ^ salt));
    }

    private sealed class Lossy(StreamPair pair, Random random)
    {
        private readonly List<(StreamEnd From, StreamEnd To, SentPacket Packet)> _air = [];
        private readonly List<(StreamEnd From, SentPacket Packet)> _fates = [];

        public void Step()
        {
            Launch(pair.Client, pair.Server);
            Launch(pair.Server, pair.Client);
            for (var i = random.Next(0, 6); i > 0 && _air.Count > 0; i--)
                Land(random.Next(_air.Count));
            for (var i = random.Next(0, 6); i > 0 && _fates.Count > 0; i--)
                Tell(random.Next(_fates.Count));
        }

        public void Settle()
        {
            while (_air.Count > 0)
                Land(0);
            while (_fates.Count > 0)
                Tell(0);
        }

        private void Launch(StreamEnd from, StreamEnd to)
        {
            for (var i = random.Next(0, 4); i > 0 && from.Streams.HasPending; i--)
            {
                if (from.Send(random.Next(100, 1400)) is { } packet)
                    _air.Add((from, to, packet));
            }
        }

        private void Land(int index)
        {
            var (from, to, packet) = _air[index];
            var fate = random.Next(10);
            pair.Now += Duration.FromMilliseconds(1);
            if (fate == 0)
            {
                from.Lose(packet);
            }
            else
            {
                Assert.Null(to.Receive(packet, pair.Now));

                // Declared lost by mistake, and acknowledged late.
                if (fate == 1)
                    from.Lose(packet);
                _fates.Add((from, packet));
            }

            if (fate != 2)
                _air.RemoveAt(index);
        }

        private void Tell(int index)
        {
            _fates[index].From.Ack(_fates[index].Packet);
            _fates.RemoveAt(index);
        }
    }
}
