using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>
/// Credit between two whole engines in virtual time: who waits for it stays alive, and neither side's buffers slow a long link.
/// </summary>
public sealed class FlowControlTests
{
    // RFC 9000 §4.1, §19.12, §19.13, §19.14
    [Theory]
    [Trait("Review", "U20")]
    [InlineData("stream", true)]
    [InlineData("stream", false)]
    [InlineData("connection", true)]
    [InlineData("connection", false)]
    [InlineData("stream count", true)]
    [InlineData("stream count", false)]
    public void Who_waits_for_credit_does_not_idle_out(string what, bool isClient)
    {
        var streams = what switch
        {
            "stream" => new StreamSettings { InitialStreamWindow = 1_000 },
            "connection" => new StreamSettings { InitialConnectionWindow = 1_000, MaxUnreadCredit = 0 },
            _ => new StreamSettings { MaxInboundUnidirectionalStreams = 0 },
        };
        var (network, client, server) = Connect(new ConnectionSettings { Streams = streams, IdleTimeout = Duration.FromSeconds(6) });
        var writer = isClient ? client : server;
        ((Pump)(isClient ? server : client).Application!).Only = StreamDirection.Bidirectional;
        if (writer.Engine.Streams.TryOpen(StreamDirection.Unidirectional) is { } stream)
            Assert.Equal(20_000, stream.Send!.Write(new byte[20_000]));
        writer.Host.Pump(writer);
        network.Run(Duration.FromSeconds(60));
        Assert.False(client.Engine.IsClosed || server.Engine.IsClosed, $"{client.Engine.Fault}; {server.Engine.Fault}");
    }

    [Fact]
    [Trait("Review", "U20")]
    public void Who_waits_for_nothing_idles_out()
    {
        var (network, client, server) = Connect(new ConnectionSettings { IdleTimeout = Duration.FromSeconds(6) });
        network.Run(Duration.FromSeconds(60));
        Assert.True(client.Engine.IsDrained && server.Engine.IsDrained, "A quiet connection outlived its idle timeout.");
    }

    [Theory]
    [Trait("Review", "U19")]
    [InlineData(100_000_000L, 200UL, 6UL, 10UL)]
    [InlineData(1_000_000_000L, 10UL, 1UL, 2UL)]
    public void One_stream_fills_nine_tenths_of_a_long_link(long bitsPerSecond, ulong roundTripMilliseconds, ulong from, ulong to)
    {
        var link = new LinkConditions
        {
            BitsPerSecond = bitsPerSecond,
            Delay = Duration.FromMilliseconds(roundTripMilliseconds / 2),
            QueueLength = (int)(bitsPerSecond * (long)roundTripMilliseconds / 8_000 / 1_200),
        };
        var (network, client, server) = Connect(new ConnectionSettings(), link);
        var stream = client.Engine.Streams.TryOpen(StreamDirection.Unidirectional)!;
        ((Pump)client.Application!).Fill(stream);
        client.Host.Pump(client);
        network.Run(Duration.FromSeconds(from));
        var sink = (Pump)server.Application!;
        var before = sink.BytesRead;
        network.Run(Duration.FromSeconds(to - from));
        var bits = (sink.BytesRead - before) * 8 / (long)(to - from);
        Assert.True(bits * 10 >= bitsPerSecond * 9 * 96 / 100, $"{bits / 1e6:F0} Mbit/s of {bitsPerSecond / 1e6:F0}; {client.Engine.Statistics}");
    }

    [Theory]
    [Trait("Review", "D13")]
    [InlineData(2, 300_000)]
    [InlineData(100, 300_000)]
    [InlineData(1_000, 32_000)]
    public void Streams_nobody_reads_do_not_starve_one_that_is_read(int count, int bytes)
    {
        var streams = new StreamSettings { MaxInboundUnidirectionalStreams = 1_000, MaxConnectionSendBuffer = 64 << 20, InitialConnectionSendBuffer = 64 << 20 };
        var (network, client, server) = Connect(new ConnectionSettings { Streams = streams });
        for (var i = 0; i < count; i++)
        {
            var unread = client.Engine.Streams.TryOpen(StreamDirection.Unidirectional)!;
            ((Pump)client.Application!).Fill(unread, bytes);
        }

        client.Host.Pump(client);
        network.Run(Duration.FromSeconds(20));
        var sink = (Pump)server.Application!;
        sink.Only = StreamDirection.Bidirectional;
        var read = client.Engine.Streams.TryOpen(StreamDirection.Bidirectional)!;
        ((Pump)client.Application!).Fill(read, 3_000_000);
        client.Host.Pump(client);
        network.Run(() => sink.BytesRead >= 3_000_000, Duration.FromSeconds(20));
        Assert.True(sink.BytesRead == 3_000_000, $"{sink.BytesRead} bytes came of 3,000,000 beside {count} streams that nobody reads.");
        Assert.InRange(server.Engine.Streams.UnreadCredit, 1UL, streams.MaxUnreadCredit);
    }

    private static (SimulatedNetwork Network, SimulatedConnection Client, SimulatedConnection Server) Connect(
        ConnectionSettings settings, LinkConditions? link = null)
    {
        var network = new SimulatedNetwork(1, link);
        network.Client.Settings = settings;
        network.Server.Settings = settings;
        network.Server.Accept = connection => new Pump(connection);
        var client = network.Client.Connect(network.Server, connection => new Pump(connection));
        Assert.True(network.Run(() => client.Engine.HandshakeConfirmed, Duration.FromSeconds(5)), $"{client.Engine.Fault}");
        return (network, client, network.Server.Connections[0]);
    }

    /// <summary>Writes as much as it is let, and reads what comes on streams it was told to accept.</summary>
    private sealed class Pump(SimulatedConnection connection) : Application(connection)
    {
        private readonly byte[] _chunk = new byte[64 * 1024];
        private readonly Dictionary<ulong, long> _left = [];

        public StreamDirection? Only { get; set; } = connection.Host.Settings.Streams.MaxInboundUnidirectionalStreams == 1_000
            ? StreamDirection.Bidirectional
            : null;

        public long BytesRead { get; private set; }

        public void Fill(CoreStream stream, long bytes = long.MaxValue)
        {
            _left[stream.Id] = bytes;
            Write(stream);
        }

        public override void OnEvent(in ConnectionEvent taken)
        {
            if (taken.Kind == ConnectionEventKind.StreamWritable)
                Write((CoreStream)taken.Stream!);
            else if (taken.Kind == ConnectionEventKind.StreamReadable && (Only is null || Only == StreamId.DirectionOf(taken.Stream!.Id)))
                Read((CoreStream)taken.Stream!);
        }

        private void Write(CoreStream stream)
        {
            while (_left.TryGetValue(stream.Id, out var left) && left > 0)
            {
                var offered = (int)Math.Min(left, _chunk.Length);
                var count = stream.Send!.Write(_chunk.AsSpan(0, offered));
                _left[stream.Id] -= count;
                if (count < offered)
                    return;
            }
        }

        private void Read(CoreStream stream)
        {
            int count;
            while ((count = stream.Receive!.Read(_chunk)) > 0)
                BytesRead += count;
        }
    }
}
