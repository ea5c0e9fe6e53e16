using Peregrine.Wire;
using static Peregrine.Quic.Core.Tests.RecoveryScenario;

namespace Peregrine.Quic.Core.Tests;

public class RecoveryAllocationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Sending_and_acknowledging_ten_thousand_packets_allocates_nothing(int algorithm)
    {
        var settings = new RecoverySettings { Congestion = new CongestionSettings { Algorithm = (CongestionAlgorithm)algorithm } };
        SentPacketSpace[] spaces = [new(Initial), new(Handshake), new(App)];
        var sink = new Counter();
        var recovery = new LossRecovery(settings, settings.Congestion.CreateController(), true, spaces, sink) { HandshakeConfirmed = true };
        var acks = new AckTracker(App);
        var now = new Instant(1_000_000);
        var body = new byte[64];
        var payload = new byte[1200];
        var notes = new SentFrame[PacketBuilder.MaxFrames];

        Exchange(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(22_000, sink.Acked + sink.Lost);
        Assert.True(sink.Lost > 0);

        void Exchange(int packets)
        {
            for (var i = 0; i < packets; i += 10)
            {
                var first = recovery.NextPacketNumber(App);
                for (var p = 0; p < 10; p++)
                {
                    var number = recovery.NextPacketNumber(App);
                    ReadOnlySpan<SentFrame> frames = [new SentFrame(SentFrameKind.Stream, 4, number), new SentFrame(SentFrameKind.Datagram)];
                    recovery.OnPacketSent(App, number, 1200, true, true, frames, now);
                    acks.OnPacketReceived(number, true, EcnCodepoint.Ect0, now);
                }

                now += Ms(1);
                if (acks.ShouldSendNow(now))
                {
                    var builder = new PacketBuilder(payload, notes);
                    acks.WriteFrame(ref builder, now, 3);
                    acks.OnAckAcked(first);
                }

                // Every hundredth round the first packet is lost.
                var length = i % 1000 == 0
                    ? EncodeSpan(body, first + 1, first + 9)
                    : EncodeSpan(body, first, first + 9);
                var reader = new SpanReader(body.AsSpan(0, length));
                Assert.True(AckFrame.TryRead(ref reader, 0x02, out var frame));
                if (recovery.OnAckReceived(App, frame, Duration.Zero, now) is not null)
                    Assert.Fail("The ACK was refused.");
                _ = recovery.PacingTime(now);
                recovery.OnTimeout(now);
            }
        }
    }

    private static int EncodeSpan(byte[] destination, ulong first, ulong last)
    {
        var writer = new SpanWriter(destination);
        writer.WriteVarInt(last);
        writer.WriteVarInt(0);
        writer.WriteVarInt(0);
        writer.WriteVarInt(last - first);
        return writer.Position;
    }

    private sealed class Counter : ISentFrameSink
    {
        public int Acked { get; private set; }

        public int Lost { get; private set; }

        public void OnFrameAcked(PacketNumberSpace space, in SentFrame frame, Instant now) => Acked++;

        public void OnFrameLost(PacketNumberSpace space, in SentFrame frame, Instant now) => Lost++;
    }
}
