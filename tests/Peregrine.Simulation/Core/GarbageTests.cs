using Peregrine.Quic.Core;

namespace Peregrine.Simulation;

/// <summary>A listening endpoint under a million random and mutated datagrams, while a connection on it goes on undisturbed.</summary>
public sealed class GarbageTests
{
    [Fact]
    public void A_million_bad_datagrams_do_not_disturb_a_connection()
    {
        const int Count = 1_000_000;
        var recorded = new List<byte[]>();
        var pair = new DirectPair { OnDatagram = (fromClient, datagram) => { if (fromClient) recorded.Add(datagram); } };
        pair.Establish();
        var stream = pair.Client.Streams.TryOpen(StreamDirection.Bidirectional)!;
        CoreStream? accepted = null;
        var echoed = 0L;
        var chunk = new byte[500];
        Turn();
        Turn();
        pair.OnDatagram = null;

        var random = new SeededRandom(99);
        var response = new byte[1500];
        var accepts = 0;
        var attacker = new NetworkPath(pair.Path.Remote, new NetworkAddress(66, 666));
        for (var i = 0; i < Count; i++)
        {
            var bad = i % 2 == 0 ? RandomDatagram(random) : Mutated(recorded[random.Next(recorded.Count)], random);
            var path = random.Chance(0.5) ? attacker : new NetworkPath(pair.Path.Remote, pair.Path.Local);
            var result = pair.ServerEndpoint.Receive(bad, path, pair.Now, response);
            if (result.Action == EndpointAction.Newcomer)
                result = pair.ServerEndpoint.Accept(bad, path, pair.Now, response);
            if (result.Action == EndpointAction.Accept)
                accepts++;
            result.Connection?.Receive(bad, path, EcnCodepoint.NotEct, pair.Now);
            if (i % 1_000 == 0)
                Turn();
        }

        Turn();

        // A whole Initial packet of the recording, replayed, may open one more connection for its ID; nothing forged may.
        Assert.InRange(accepts, 0, 2);
        Assert.False(pair.Client.IsClosed, $"{pair.Client.Fault}");
        Assert.False(pair.Server!.IsClosed, $"{pair.Server.Fault}");
        Assert.True(echoed >= 500 * (Count / 1_000), $"Only {echoed} bytes came back.");

        void Turn()
        {
            stream.Send!.Write(chunk);
            pair.Exchange();
            accepted ??= pair.Server!.Streams.TryAccept();
            int read;
            while (accepted is not null && (read = accepted.Receive!.Read(chunk)) > 0)
                accepted.Send!.Write(chunk.AsSpan(0, read));
            pair.Exchange();
            while ((read = stream.Receive!.Read(chunk)) > 0)
                echoed += read;
        }
    }

    private static byte[] RandomDatagram(SeededRandom random)
    {
        var bytes = new byte[random.Chance(0.05) ? random.Next(3) : random.Next(200)];
        random.Fill(bytes);
        return bytes;
    }

    /// <summary>Bytes changed, cut off, added or doubled. Untouched copies are duplicates and may not be believed either.</summary>
    private static byte[] Mutated(byte[] original, SeededRandom random)
    {
        var bytes = original.ToArray();
        switch (random.Next(4))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                return [.. bytes, .. RandomDatagram(random)];
            default:
                for (var flips = 1 + random.Next(4); flips > 0; flips--)
                    bytes[random.Next(Math.Min(bytes.Length, random.Chance(0.5) ? 40 : bytes.Length))] ^= (byte)(1 + random.Next(255));
                return bytes;
        }
    }
}
