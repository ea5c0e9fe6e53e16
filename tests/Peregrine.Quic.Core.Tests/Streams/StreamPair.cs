using Peregrine.Wire;

namespace Peregrine.Quic.Core.Tests;

/// <summary>Two ends and a clock that moves 10 ms with each packet that crosses.</summary>
internal sealed class StreamPair
{
    public StreamPair(StreamSettings? client = null, StreamSettings? server = null, bool resetStreamAt = true)
    {
        Client = new StreamEnd(isServer: false, client);
        Server = new StreamEnd(isServer: true, server ?? client);
        Client.Trust(Server, resetStreamAt);
        Server.Trust(Client, resetStreamAt);
        Client.TakeEvents();
        Server.TakeEvents();
    }

    public StreamEnd Client { get; }

    public StreamEnd Server { get; }

    public Instant Now { get; set; } = new(1_000_000_000);

    /// <summary>Delivers and acknowledges everything, both ways, until nobody has anything to say.</summary>
    public void Run()
    {
        for (var moved = true; moved;)
            moved = Cross(Client, Server) | Cross(Server, Client);
    }

    /// <summary>Everything one end has to say arrives and is acknowledged.</summary>
    public bool Cross(StreamEnd from, StreamEnd to)
    {
        var moved = false;
        while (from.Streams.HasPending)
        {
            var packet = from.Send();
            Assert.NotNull(packet);
            Now += Duration.FromMilliseconds(10);
            Assert.Null(to.Receive(packet, Now));
            from.Ack(packet);
            moved = true;
        }

        return moved;
    }

    public (CoreStream Ours, CoreStream Theirs) Open(StreamDirection direction = StreamDirection.Bidirectional)
    {
        var ours = Client.Streams.TryOpen(direction)!;
        ours.Send!.Write([0]);
        Run();
        var theirs = Server.Streams.TryAccept(direction)!;
        Assert.Equal(1, theirs.Receive!.Read(new byte[1]));
        Client.TakeEvents();
        Server.TakeEvents();
        return (ours, theirs);
    }
}
