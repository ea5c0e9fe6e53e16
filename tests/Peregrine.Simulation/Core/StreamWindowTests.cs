using Peregrine.Quic.Core;

namespace Peregrine.Simulation;

/// <summary>RFC 9000 §18.2: the three stream windows are promised, and kept, each for its kind of stream.</summary>
public sealed class StreamWindowTests
{
    [Theory]
    [InlineData(true, 0, 2_000)] // the server's window for bidirectional streams of its peer
    [InlineData(true, 1, 3_000)] // and for unidirectional ones
    [InlineData(false, 0, 1_000)] // the client's window for bidirectional streams of its own
    public void Each_kind_of_stream_has_its_own_first_window(bool fromClient, int direction, int window)
    {
        var streams = new StreamSettings { LocalBidirectionalWindow = 1_000, RemoteBidirectionalWindow = 2_000, UnidirectionalWindow = 3_000 };
        var pair = new DirectPair(new ConnectionSettings { Streams = streams }).Establish();
        var opened = pair.Client.Streams.TryOpen((StreamDirection)direction)!;
        opened.Send!.Write(new byte[fromClient ? 10_000 : 1]);
        Exchange();
        var accepted = pair.Server!.Streams.TryAccept()!;
        if (!fromClient)
        {
            accepted.Send!.Write(new byte[10_000]);
            Exchange();
        }

        var receiver = fromClient ? accepted.Receive! : opened.Receive!;
        Assert.Equal(window, receiver.Peek().Length);
        Assert.False(pair.Client.IsClosed || pair.Server.IsClosed, $"{pair.Client.Fault} {pair.Server.Fault}");

        // Reading gives credit, and the rest comes.
        var total = 0;
        for (var i = 0; i < 20; i++)
        {
            total += receiver.Read(new byte[10_000]);
            Exchange();
        }

        Assert.Equal(10_000, total);

        void Exchange()
        {
            for (var i = 0; i < 5; i++)
                pair.Exchange();
        }
    }
}
