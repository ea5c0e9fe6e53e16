using Peregrine.Quic.Core;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>What strangers may send before they are authenticated: robustness H1, H4 to H8, H15.</summary>
[Collection(nameof(MeasuresMemory))]
public sealed class InitialFlightTests
{
    private static readonly byte[] Destination = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] Source = [9, 9, 9, 9];

    [Fact]
    public void A_ClientHello_in_single_bytes_shuffled_and_overlapping_is_understood() => Seeds.Run("*single_bytes_shuffled*", 1, 100, seed =>
    {
        // Robustness H6: Chromium sends pieces down to one byte, out of order, over several datagrams.
        var random = new SeededRandom(seed);
        var hello = ClientHelloBytes.Make(Source, seed, seed % 2 == 0 ? new TlsClientSettings { ServerName = "peregrine.test", ApplicationProtocols = ["sim"u8.ToArray()] } : null);
        var pieces = new List<(int Offset, int Length)>();
        for (var offset = 0; offset < hello.Length;)
        {
            var length = Math.Min(hello.Length - offset, random.Chance(0.3) ? 1 : 1 + random.Next(60));
            var overlap = random.Chance(0.2) ? Math.Min(offset, random.Next(10)) : 0;
            pieces.Add((offset - overlap, length + overlap));
            offset += length;
        }

        for (var i = pieces.Count - 1; i > 0; i--)
        {
            var j = random.Next(i + 1);
            (pieces[i], pieces[j]) = (pieces[j], pieces[i]);
        }

        var server = new LoneServer(seed);
        var number = 0u;
        for (var next = 0; next < pieces.Count;)
        {
            var frames = new List<byte[]>();
            for (var size = 0; next < pieces.Count && size + pieces[next].Length + 12 < 1100; next++)
            {
                frames.Add(Forge.Crypto((ulong)pieces[next].Offset, hello.AsSpan(pieces[next].Offset, pieces[next].Length)));
                size += frames[^1].Length;
                if (random.Chance(0.1))
                    frames.Add([0x01]);
            }

            server.Receive(Forge.ClientInitial(Destination, Source, number++, Forge.Concat([.. frames]), 1200));
        }

        Assert.Equal(1, server.HellosSeen);
        Assert.False(server.Connection!.IsClosed, $"{server.Connection.Fault}");
    });

    [Fact]
    public void Until_the_address_is_validated_at_most_three_times_the_received_bytes_go_out()
    {
        // Robustness H1, RFC 9000 §8.1: one datagram of three coalesced packets is one credit, however often the probe timer fires.
        var server = new LoneServer(1, ServerWithLongChain());
        var hello = ClientHelloBytes.Make(Source);
        var first = Forge.ClientInitial(Destination, Source, 0, Forge.Crypto(0, hello));
        var second = Forge.ClientInitial(Destination, Source, 1, [0x01]);
        var third = Forge.ClientInitial(Destination, Source, 2, [0x01], 1200 - first.Length - second.Length);
        var datagram = Forge.Concat(first, second, third);
        server.Receive(datagram);
        Assert.Equal(1, server.HellosSeen);
        Assert.True(server.BytesSent > 0);
        server.Pass(Duration.FromSeconds(9));
        Assert.True(server.BytesSent <= 3 * datagram.Length, $"{server.BytesSent} bytes were sent for {datagram.Length}.");
        Assert.True(server.BytesSent >= 2 * datagram.Length, "The chain is longer than the allowance, which should be used.");

        // The close goes under the same limit.
        server.Connection!.Close(QuicFault.Internal("test"), server.Now);
        server.Receive(new byte[100]);
        Assert.True(server.BytesSent <= 3 * server.BytesReceived);
    }

    [Fact]
    public void A_long_certificate_chain_goes_out_in_datagrams_of_1200_bytes()
    {
        // Robustness H8.
        var server = new LoneServer(1, ServerWithLongChain());
        server.Receive(Forge.ClientInitial(Destination, Source, 0, Forge.Crypto(0, ClientHelloBytes.Make(Source)), 1200));
        for (var i = 1u; i < 20; i++)
            server.Receive(Forge.ClientInitial(Destination, Source, i, [0x01], 1200));
        Assert.True(server.BytesSent > 7_500);
        Assert.All(server.SentLengths, length => Assert.InRange(length, 1, 1200));
    }

    [Fact]
    public void Rejected_packets_leave_nothing_behind()
    {
        // Robustness H4: each datagram holds one valid Initial and junk for another connection, and more junk for this one.
        var server = new LoneServer();
        server.Receive(Forge.ClientInitial(Destination, Source, 0, Forge.Crypto(0, ClientHelloBytes.Make(Source)), 1200));
        var random = new SeededRandom(3);
        byte[] Datagram(uint number)
        {
            var other = new byte[8];
            random.Fill(other);
            var junk = new byte[200];
            random.Fill(junk);
            var handshake = Forge.Concat([0xe3], [0, 0, 0, 1], [8], other, [4], Source, Forge.VarInt(200), junk);
            return Forge.Concat(Forge.ClientInitial(Destination, Source, number, [0x01]), handshake, handshake);
        }

        for (var i = 1u; i < 2_000; i++)
            server.Receive(Datagram(i));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 2_000u; i < 12_000; i++)
            server.Receive(Datagram(i));
        var retained = GC.GetTotalMemory(forceFullCollection: true) - before;

        // What may grow is the ring of packets that we sent and that nobody acknowledged, to at most SentPacketSpace.MaxSpan small structs.
        Assert.True(retained < 1_500_000, $"{retained} bytes were retained for 10,000 datagrams of junk.");
        Assert.False(server.Connection!.IsClosed);
    }

    [Fact]
    public void CRYPTO_data_far_ahead_costs_memory_by_what_was_received_not_by_offset()
    {
        // Robustness H5: 64 KiB are allowed ahead of what TLS took; one more byte closes the connection.
        var server = new LoneServer();
        server.Receive(Forge.ClientInitial(Destination, Source, 0, Forge.Crypto(65_000, [1, 2, 3]), 1200));
        var pool = server.Connection!.SpaceOf(PacketNumberSpace.Initial).CryptoIn;
        Assert.False(server.Connection.IsClosed);
        Assert.Equal(0, pool.Readable);

        server.Receive(Forge.ClientInitial(Destination, Source, 1, Forge.Crypto(65_535, [1, 2]), 1200));
        Assert.Equal((ulong)TransportErrorCode.CryptoBufferExceeded, server.Connection.Fault!.Code);
    }

    // Robustness H5: pieces are bounded as well as bytes, so that what a frame costs does not grow with those before it.
    [Theory]
    [Trait("Review", "U2")]
    [InlineData("descending")]
    [InlineData("ascending")]
    [InlineData("from both ends")]
    [InlineData("shuffled")]
    public void CRYPTO_data_in_more_than_256_pieces_ends_the_handshake_in_whatever_order_they_come(string order)
    {
        const int count = 180 * 180;
        var offsets = Enumerable.Range(0, count).Select(i => 1 + (2 * (ulong)i)).ToArray();
        offsets = order switch
        {
            "descending" => [.. offsets.Reverse()],
            "from both ends" => [.. Enumerable.Range(0, count).Select(i => offsets[i % 2 == 0 ? i / 2 : count - 1 - (i / 2)])],
            "shuffled" => [.. offsets.OrderBy(o => unchecked(o * 0x9e3779b97f4a7c15) >> 40)],
            _ => offsets,
        };
        var server = new LoneServer();
        server.Receive(Forge.ClientInitial(Destination, Source, 0, [0x01], 1200));
        var state = server.Connection!.SpaceOf(PacketNumberSpace.Initial);
        var taken = 0;
        var mostPieces = 0;
        for (var packet = 1u; packet <= 180 && !server.Connection.IsClosed; packet++)
        {
            var frames = offsets.Skip(taken).Take(180).SelectMany(offset => Forge.Crypto(offset, [0x55])).ToArray();
            taken += 180;
            server.Receive(Forge.ClientInitial(Destination, Source, packet, frames, 1200));
            mostPieces = Math.Max(mostPieces, state.CryptoIn.Count);
        }

        Assert.Equal((ulong)TransportErrorCode.CryptoBufferExceeded, server.Connection.Fault?.Code);
        Assert.Equal(2 * 180, taken);
        Assert.InRange(mostPieces, 1, PacketSpace.CryptoGapLimit + 1);
    }

    [Fact]
    [Trait("Review", "U2")]
    public void CRYPTO_data_in_256_pieces_takes_no_more_blocks_than_its_limit()
    {
        var server = new LoneServer();
        server.Receive(Forge.ClientInitial(Destination, Source, 0, [0x01], 1200));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 1_000_000; i++)
        {
            var offset = 1 + (ulong)(i % PacketSpace.CryptoGapLimit * 254);
            Assert.Null(server.Connection!.Handshake.OnCrypto(PacketNumberSpace.Initial, new CryptoFrame(offset, [0x55]), server.Now));
        }

        var retained = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(retained < 150_000, $"{retained} bytes were retained.");
    }

    [Fact]
    public void A_handshake_that_stalls_ends_at_its_deadline_whatever_is_probed()
    {
        // Robustness H15: the client never answers; pings of its would keep an idle timer alive, the deadline does not care.
        var server = new LoneServer();
        server.Receive(Forge.ClientInitial(Destination, Source, 0, Forge.Crypto(0, ClientHelloBytes.Make(Source)), 1200));
        for (var i = 1u; i < 9; i++)
        {
            server.Pass(Duration.FromSeconds(1));
            server.Receive(Forge.ClientInitial(Destination, Source, i, [0x01], 1200));
        }

        Assert.False(server.Connection!.IsClosed);
        server.Pass(Duration.FromSeconds(2));
        Assert.True(server.Connection.IsDrained);
        Assert.Equal(ErrorBlame.Timeout, server.Connection.Fault!.Blame);
        Assert.Equal(0, server.Endpoint.RoutedIdCount);
    }

    [Fact]
    public void The_handshake_timeout_of_the_application_counts_from_the_first_packet()
    {
        var server = new LoneServer { Settings = new ConnectionSettings { HandshakeTimeout = Duration.FromSeconds(3) } };
        server.Receive(Forge.ClientInitial(Destination, Source, 0, Forge.Crypto(0, ClientHelloBytes.Make(Source)), 1200));
        server.Pass(Duration.FromSeconds(2));
        Assert.False(server.Connection!.IsClosed);
        server.Pass(Duration.FromSeconds(1));
        Assert.Equal(ErrorBlame.Timeout, server.Connection.Fault!.Blame);
    }

    [Fact]
    public void A_client_that_is_answered_by_nobody_gives_up_in_time_and_keeps_nothing()
    {
        var network = new SimulatedNetwork(5);
        network.ToServer.DropIf = _ => true;
        var connection = network.Client.Connect(network.Server, c => new Transfer(c, new TransferPlan(1, 0, 10, 0)));
        network.Run(Duration.FromSeconds(60));
        Assert.True(connection.Engine.IsDrained);
        Assert.Equal(ErrorBlame.Timeout, connection.Engine.Fault!.Blame);
        Assert.Equal(0, network.Client.Endpoint.RoutedIdCount);
    }

    [Fact]
    public void Our_own_probes_do_not_keep_a_dead_connection_alive()
    {
        // Robustness H15, RFC 9000 §10.1.
        var network = new SimulatedNetwork(6);
        network.Server.Accept = c => new Transfer(c, new TransferPlan(1, 0, 10, 0));
        var connection = network.Client.Connect(network.Server, c => new Transfer(c, new TransferPlan(1, 0, 10, 0)));
        network.Run(() => connection.Engine.HandshakeConfirmed, Duration.FromSeconds(5));
        network.ToServer.DropIf = _ => true;
        network.ToClient.DropIf = _ => true;
        var start = network.Clock.Now;
        connection.Engine.Streams.TryOpen(StreamDirection.Bidirectional)!.Send!.Write(new byte[100]);
        network.Client.Pump(connection);
        network.Run(() => connection.Engine.IsClosed, Duration.FromSeconds(120));
        Assert.Equal(ErrorBlame.Timeout, connection.Engine.Fault!.Blame);
        Assert.InRange((network.Clock.Now - start).Seconds, 29, 35);
    }

    [Theory]
    [MemberData(nameof(LostDatagrams))]
    public void A_ClientHello_of_two_datagrams_survives_the_loss_of_any_one_datagram(bool toServer, int index)
    {
        // Robustness H7: the hybrid key share does not fit one datagram.
        var network = new SimulatedNetwork(7);
        network.Client.ClientTls = new TlsClientSettings { ServerName = SimulatedCryptography.ServerName, ApplicationProtocols = ["sim"u8.ToArray()] };
        var count = 0;
        (toServer ? network.ToServer : network.ToClient).DropIf = _ => count++ == index;
        var plan = new TransferPlan(1, 1, 1_000, 0);
        Transfer? server = null;
        network.Server.Accept = c => server = new Transfer(c, plan);
        var connection = network.Client.Connect(network.Server, c => new Transfer(c, plan));
        Assert.True(network.Run(() => ((Transfer)connection.Application!).IsDone && server!.IsDone, Duration.FromSeconds(9)), $"{connection.Engine.Fault}");
    }

    public static TheoryData<bool, int> LostDatagrams()
    {
        var data = new TheoryData<bool, int>();
        for (var i = 0; i < 8; i++)
        {
            data.Add(true, i);
            data.Add(false, i);
        }

        return data;
    }

    private static TlsServerSettings ServerWithLongChain()
    {
        var settings = SimulatedCryptography.Server(new SeededRandom(4));
        var chain = settings.Credential.Chain.Concat(Enumerable.Range(0, 8).Select(i => Enumerable.Repeat((byte)i, 950).ToArray())).ToArray();
        return new TlsServerSettings
        {
            ApplicationProtocols = settings.ApplicationProtocols,
            Groups = settings.Groups,
            Credential = new ServerCredential(chain, settings.Credential.Signer),
        };
    }
}
