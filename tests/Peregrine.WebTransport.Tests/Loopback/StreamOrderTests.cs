using System.Buffers.Binary;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

public sealed class StreamOrderTests
{
    private const int Streams = 400;

    [Theory]
    [Trait("Review", "D3")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Four_hundred_streams_are_accepted_in_the_order_they_were_opened(bool byClient, bool bidirectional)
    {
        await using var loopback = await Loopback.StartAsync();
        await using var pair = await loopback.ConnectPairAsync();
        var (actor, peer) = pair.By(byClient);
        var opening = OpenAllAsync(actor, bidirectional);
        var numbers = new List<int>();
        for (var i = 0; i < Streams; i++)
        {
            await using var stream = await AcceptAsync(peer, bidirectional).Soon();
            numbers.Add(BinaryPrimitives.ReadInt32LittleEndian(await stream.ReadToEndAsync()));
        }

        Assert.Equal(Enumerable.Range(0, Streams), numbers);
        await opening.Soon();
    }

    private static async Task OpenAllAsync(WebTransportSession session, bool bidirectional)
    {
        for (var i = 0; i < Streams; i++)
        {
            var number = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(number, i);
            var stream = await (bidirectional ? session.OpenBidirectionalStreamAsync() : session.OpenUnidirectionalStreamAsync()).Soon();
            await stream.WriteAsync(number, completeWrites: true).Soon();
        }
    }

    private static ValueTask<WebTransportStream> AcceptAsync(WebTransportSession session, bool bidirectional) =>
        bidirectional ? session.AcceptBidirectionalStreamAsync() : session.AcceptUnidirectionalStreamAsync();
}
