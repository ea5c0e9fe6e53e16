using Peregrine.Quic.Core;

namespace Peregrine.Simulation;

/// <summary>Which datagrams leave together: a batch is cut into pieces of one length, and only its last may be shorter.</summary>
public sealed class BatchTests
{
    [Theory]
    [InlineData(new[] { 1_000, 1_000, 1_000, 1_000 }, 4)]
    [InlineData(new[] { 1_000, 1_000, 900, 1_000 }, 3)]
    [InlineData(new[] { 1_000, 1_100 }, 1)]
    [InlineData(new[] { 400, 1_000, 1_000 }, 1)]
    [InlineData(new[] { 500, 500, 1_000 }, 2)]
    public void DATAGRAM_frames_of_one_length_share_a_batch(int[] lengths, int expected)
    {
        var pair = new DirectPair().Establish();
        foreach (var length in lengths)
            Assert.Equal(CoreDatagramResult.Queued, pair.Client.Datagrams.TrySend(new byte[length]));
        var buffer = new byte[64 * 1024];

        Assert.True(pair.Client.TryTransmit(buffer, maxSegments: 16, pair.Now, out var batch));

        Assert.Equal(expected, (batch.Length + batch.SegmentSize - 1) / batch.SegmentSize);
        while (pair.Client.TryTransmit(buffer, maxSegments: 16, pair.Now, out _))
        {
        }

        Assert.Equal(lengths.Length, (int)pair.Client.Datagrams.SentCount);
    }
}
