using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

/// <summary>
/// Random sending, acknowledging, timeouts and discards against a model that is a plain list. After every step: bytes in flight are the
/// sum of
/// what is open; and no frame's fate is told twice, nor forgotten.
/// </summary>
public class RecoveryModelTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(7, 0)]
    [InlineData(8, 1)]
    public void Every_frame_has_one_fate(int seed, int algorithm) => new Model(seed, (CongestionAlgorithm)algorithm).Run(2000);

    private sealed class Model : ISentFrameSink
    {
        private readonly Random _random;
        private readonly LossRecovery _recovery;
        private readonly Dictionary<(PacketNumberSpace, ulong), Entry> _packets = [];
        private readonly byte[] _ack = new byte[64 * 1024];
        private readonly HashSet<PacketNumberSpace> _discarded = [];
        private readonly SentPacketSpace[] _spaces = [new(Initial), new(Handshake), new(App)];
        private Instant _now = new(1);
        private ulong _nextFrame;

        // Frame → how often its fate was told.
        private readonly Dictionary<ulong, int> _fates = [];

        public Model(int seed, CongestionAlgorithm algorithm)
        {
            _random = new Random(seed);
            var settings = new RecoverySettings { Congestion = new CongestionSettings { Algorithm = algorithm } };
            _recovery = new LossRecovery(settings, settings.Congestion.CreateController(), isServer: false, _spaces, this);
        }

        private sealed record Entry(int Bytes, bool InFlight, ulong[] Frames);

        public void Run(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                var dice = _random.Next(100);
                if (dice < 55)
                    Send();
                else if (dice < 85)
                    Acknowledge();
                else if (dice < 95)
                    Advance();
                else if (!_recovery.NextTimeout.IsNever)
                {
                    _now = Instant.Max(_now, _recovery.NextTimeout);
                    _recovery.OnTimeout(_now);
                }

                if (step == steps / 3)
                    Discard(Initial);
                if (step == steps / 2)
                    Discard(Handshake);
                if (step == steps / 4)
                    _recovery.HandshakeConfirmed = true;
                Check();
            }

            // In the end all that is open is acknowledged, so that every frame has met its fate.
            foreach (var space in (PacketNumberSpace[])[Initial, Handshake, App])
            {
                if (!_discarded.Contains(space) && _recovery.NextPacketNumber(space) > 0)
                    Receive(space, [.. _packets.Keys.Where(key => key.Item1 == space).Select(key => key.Item2)]);
            }

            Assert.Equal(0UL, _recovery.BytesInFlight);
            Assert.All(_packets.Where(entry => !_discarded.Contains(entry.Key.Item1)).SelectMany(entry => entry.Value.Frames), frame =>
                Assert.Equal(1, _fates[frame]));
            Assert.True(_recovery.PacketsLost > 0);
            Assert.True(_recovery.PacketsAcked > 0);
        }

        public void OnFrameAcked(PacketNumberSpace space, in SentFrame frame, Instant now) => Tell(space, frame);

        public void OnFrameLost(PacketNumberSpace space, in SentFrame frame, Instant now) => Tell(space, frame);

        private void Tell(PacketNumberSpace space, in SentFrame frame)
        {
            Assert.DoesNotContain(space, _discarded);
            Assert.Equal((ulong)space, frame.Offset);
            Assert.Equal(1, ++_fates[frame.Id]);
        }

        private PacketNumberSpace RandomSpace()
        {
            var space = (PacketNumberSpace)_random.Next(3);
            return _discarded.Contains(space) ? App : space;
        }

        private void Send()
        {
            var space = RandomSpace();
            if (_random.Next(50) == 0)
                _recovery.SkipPacketNumber(space, _now);
            var count = _random.Next(1, 20);
            for (var i = 0; i < count; i++)
            {
                var eliciting = _random.Next(4) != 0;
                var inFlight = eliciting || _random.Next(10) == 0;
                if (inFlight && !_recovery.CanSend(1200))
                    return;

                // The first frame is of a kind that is never resent, so that its fate is that of the packet.
                var frames = new SentFrame[_random.Next(1, 5)];
                for (var f = 0; f < frames.Length; f++)
                {
                    var kind = f == 0 || !eliciting ? SentFrameKind.Ack : (SentFrameKind)_random.Next(1, 20);
                    _fates[_nextFrame] = 0;
                    frames[f] = new SentFrame(kind, _nextFrame++, (ulong)space);
                }

                var number = _recovery.NextPacketNumber(space);
                var bytes = _random.Next(20, 1201);
                _packets[(space, number)] = new Entry(bytes, inFlight, [.. frames.Select(frame => frame.Id)]);
                _recovery.OnPacketSent(space, number, bytes, eliciting, inFlight, frames, _now);
                Advance(1);
            }
        }

        private void Acknowledge()
        {
            var space = RandomSpace();
            if (_discarded.Contains(space))
                return;
            var next = _recovery.NextPacketNumber(space);
            var from = next - Math.Min(next, (ulong)_random.Next(1, 120));
            var chosen = new List<ulong>();
            for (var number = from; number < next; number++)
            {
                if (_packets.ContainsKey((space, number)) && _random.Next(3) != 0)
                    chosen.Add(number);
            }

            if (chosen.Count > 0)
                Receive(space, [.. chosen]);
        }

        private void Receive(PacketNumberSpace space, ulong[] numbers)
        {
            var buffer = numbers.Length * 16 + 32 > _ack.Length ? new byte[numbers.Length * 16 + 64] : _ack;
            var length = Encode(numbers, buffer);
            var reader = new SpanReader(buffer.AsSpan(0, length));
            Assert.True(AckFrame.TryRead(ref reader, 0x02, out var frame));
            Assert.Null(_recovery.OnAckReceived(space, frame, new Duration(_random.Next(30_000_000)), _now));
            foreach (var number in numbers)
            {
                // Whatever was resent or lost before, an acknowledged packet is settled.
                Assert.All(_packets[(space, number)].Frames, id => Assert.Equal(1, _fates[id]));
            }
        }

        private void Advance(int upToMilliseconds = 40) => _now += new Duration(_random.Next(upToMilliseconds * 1_000_000));

        private void Discard(PacketNumberSpace space)
        {
            if (_discarded.Contains(space))
                return;
            _spaces[(int)space].Discard();
            _recovery.OnSpaceDiscarded(space);
            _discarded.Add(space);
        }

        private void Check()
        {
            ulong bytes = 0;
            var packets = 0;
            foreach (var ((space, _), entry) in _packets)
            {
                if (!entry.InFlight || _discarded.Contains(space) || _fates[entry.Frames[0]] != 0)
                    continue;
                bytes += (ulong)entry.Bytes;
                packets++;
            }

            Assert.Equal(bytes, _recovery.BytesInFlight);
            Assert.Equal(packets, _recovery.PacketsInFlight);
        }
    }
}
