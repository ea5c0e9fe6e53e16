using System.Text;

namespace Peregrine.Tls.Tests;

/// <summary>A client and a server in one memory: carries each end's messages to the other and keeps what each end reported.</summary>
internal sealed class HandshakePair : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly byte[] H3 = "h3"u8.ToArray();

    private static readonly Ed25519Signer Signer = new(new byte[32]);

    public static ServerCredential Ed25519Credential { get; } =
        new([Ed25519Certificate.SelfSigned(Signer, "peregrine.test", Start, Start.AddDays(13))], Signer);

    public HandshakePair(TlsClientSettings? client = null, TlsServerSettings? server = null, TlsCryptography? clientCryptography = null, TlsCryptography? serverCryptography = null)
    {
        ServerSettings = server ?? DefaultServer();
        Client = new TlsClient(client ?? DefaultClient(), ClientParameters, clientCryptography ?? new TlsCryptography(new SeededRandom(1)));
        Server = new TlsServer(serverCryptography ?? new TlsCryptography(new SeededRandom(2)));
        Client.Start();
    }

    public static byte[] ClientParameters { get; } = [1, 2, 3];

    public static byte[] ServerParameters { get; } = [4, 5, 6, 7];

    public TlsClient Client { get; }

    public TlsServer Server { get; }

    public TlsServerSettings ServerSettings { get; }

    public List<TlsEvent> ClientEvents { get; } = [];

    public List<TlsEvent> ServerEvents { get; } = [];

    /// <summary>How many bytes are fed at a time.</summary>
    public int ChunkLength { get; init; } = int.MaxValue;

    /// <summary>Sees, and may change, each message on its way: who sends it, at what level, and the whole message.</summary>
    public Func<TlsHandshake, EncryptionLevel, byte[], byte[]> OnTheWay { get; init; } = (_, _, message) => message;

    /// <summary>What a client's driver thinks of the certificate.</summary>
    public Func<TlsClient, TlsFailure?> Verdict { get; init; } = _ => null;

    public static TlsClientSettings DefaultClient() => new() { ServerName = "peregrine.test", ApplicationProtocols = [H3] };

    public static TlsServerSettings DefaultServer(ServerCredential? credential = null) =>
        new() { ApplicationProtocols = [H3], Credential = credential ?? Ed25519Credential };

    /// <summary>Runs until neither side has anything to say.</summary>
    public HandshakePair Run()
    {
        bool moved;
        do
        {
            moved = Drain(Client, ClientEvents, Server);
            if (Server.State == TlsState.NeedsServerOptions)
            {
                Server.ProvideServerOptions(ServerSettings, ServerParameters);
                moved = true;
            }

            moved |= Drain(Server, ServerEvents, Client);
            if (Client.State == TlsState.NeedsCertificateVerdict)
            {
                Client.ProvideCertificateVerdict(Verdict(Client));
                moved = true;
            }
        }
        while (moved);
        return this;
    }

    public void AssertComplete()
    {
        Assert.Null(Client.Failure);
        Assert.Null(Server.Failure);
        Assert.Equal(TlsState.Complete, Client.State);
        Assert.Equal(TlsState.Complete, Server.State);
        foreach (var level in new[] { EncryptionLevel.Handshake, EncryptionLevel.Application })
        {
            Assert.Equal(Secret(ClientEvents, TlsEventKind.InstallWriteSecret, level), Secret(ServerEvents, TlsEventKind.InstallReadSecret, level));
            Assert.Equal(Secret(ClientEvents, TlsEventKind.InstallReadSecret, level), Secret(ServerEvents, TlsEventKind.InstallWriteSecret, level));
        }
    }

    public static byte[] Secret(List<TlsEvent> events, TlsEventKind kind, EncryptionLevel level) =>
        Assert.Single(events, e => e.Kind == kind && e.Level == level).Data.ToArray();

    public static IEnumerable<string> Lines(List<TlsEvent> events) =>
        events.Where(e => e.Kind == TlsEventKind.KeyLogLine).Select(e => Encoding.ASCII.GetString(e.Data.Span));

    /// <summary>Cuts a flight into its messages.</summary>
    public static IEnumerable<byte[]> Messages(ReadOnlyMemory<byte> flight)
    {
        while (!flight.IsEmpty)
        {
            var header = flight.Span;
            var length = 4 + (header[1] << 16 | header[2] << 8 | header[3]);
            yield return flight[..length].ToArray();
            flight = flight[length..];
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    // A secret is only lent, until the next event is taken.
    private static TlsEvent Keep(in TlsEvent e) => e.IsSecret ? new TlsEvent(e.Kind, e.Level, e.Suite, e.Data.ToArray()) : e;

    private bool Drain(TlsHandshake from, List<TlsEvent> events, TlsHandshake to)
    {
        var moved = false;
        while (from.TryTakeEvent(out var e))
        {
            moved = true;
            events.Add(Keep(e));
            if (e.Kind != TlsEventKind.WriteBytes)
                continue;
            foreach (var message in Messages(e.Data))
            {
                foreach (var chunk in OnTheWay(from, e.Level, message).Chunk(Math.Min(ChunkLength, 1 << 20)))
                    to.Receive(e.Level, chunk);
            }
        }

        return moved;
    }
}
