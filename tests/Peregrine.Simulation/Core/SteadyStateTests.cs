using Peregrine.Quic.Core;

namespace Peregrine.Simulation;

/// <summary>No allocation per packet: measured with established connections, through the core alone, sent and received.</summary>
public sealed class SteadyStateTests
{
    private const int WarmUp = 3_000;
    private const int Measured = 3_000;

    [Fact]
    public void A_STREAM_packet_costs_no_allocation_sent_or_received()
    {
        var pair = new DirectPair().Establish();
        var stream = pair.Client.Streams.TryOpen(StreamDirection.Bidirectional)!;
        var chunk = new byte[8_000];
        CoreStream? accepted = null;

        void Turn()
        {
            stream.Send!.Write(chunk);
            pair.Exchange();
            accepted ??= pair.Server!.Streams.TryAccept();
            while (accepted!.Receive!.Read(chunk) > 0)
            {
            }
        }

        AssertNoAllocation(pair, Turn);
        Assert.True(stream.Send!.BytesAcked > 10_000_000, $"Only {stream.Send.BytesAcked} bytes were acknowledged.");
    }

    [Fact]
    public void A_DATAGRAM_packet_costs_no_allocation_sent_or_received()
    {
        var pair = new DirectPair().Establish();
        var payload = new byte[1_000];
        var received = 0;

        void Turn()
        {
            for (var i = 0; i < 8; i++)
                pair.Client.Datagrams.TrySend(payload);
            pair.Exchange();
            while (pair.Server!.Datagrams.TryReceive(payload, out _))
                received++;
        }

        AssertNoAllocation(pair, Turn);
        Assert.True(received > Measured, $"Only {received} datagrams arrived.");
    }

    private static void AssertNoAllocation(DirectPair pair, Action turn)
    {
        for (var i = 0; i < WarmUp; i++)
            turn();

        // A collection may empty the pools once, and they fill again; what is allocated per packet shows in every round.
        var least = long.MaxValue;
        var packets = pair.DatagramCount;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Measured / 3; i++)
                turn();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        packets = pair.DatagramCount - packets;
        Assert.True(packets > Measured, $"Only {packets} datagrams were carried.");
        Assert.True(least == 0, $"{least} bytes at least were allocated in each third of {packets} datagrams.");
    }
}
