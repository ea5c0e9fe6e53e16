using static Peregrine.Tls.Tests.HelloBuilder;

namespace Peregrine.Tls.Tests;

/// <summary>
/// ClientHellos of the shape Chromium 156 and Firefox ESR 153 send (wire measurements), in any order, down to a complete handshake.
/// </summary>
public sealed class BrowserHelloTests
{
    [Theory]
    [InlineData("Chromium")]
    [InlineData("Firefox")]
    public void Hellos_of_browsers_lead_to_a_complete_handshake(string browser)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new SeededRandom(seed);
            using var hybrid = new X25519MLKem768KeyExchange(random);
            using var x25519 = new X25519KeyExchange(random);
            using var p256 = new EcdhKeyExchange(NamedGroup.Secp256r1);
            var hello = IsChromium(browser) ? Chromium(hybrid, x25519) : Firefox(hybrid, x25519, p256);
            Shuffle(hello.Extensions, new Random(seed));
            var message = hello.Build();

            using var server = new TlsServer(new TlsCryptography(random));
            foreach (var piece in message.Chunk(1 + seed * 37))
                server.Receive(EncryptionLevel.Initial, piece);
            Assert.Null(server.Failure);
            Assert.Equal(TlsState.NeedsServerOptions, server.State);
            server.ProvideServerOptions(HandshakePair.DefaultServer(), HandshakePair.ServerParameters);
            Assert.Equal(NamedGroup.X25519MLKem768, server.Group);
            Assert.Equal(CipherSuite.Aes128GcmSha256, server.Suite);

            Finish(server, message, hybrid);
            Assert.Equal(TlsState.Complete, server.State);
        }
    }

    [Theory]
    [InlineData("Chromium", NamedGroup.Secp256r1)]
    [InlineData("Chromium", NamedGroup.Secp384r1)]
    [InlineData("Firefox", NamedGroup.Secp384r1)]
    public void Browsers_are_asked_for_a_group_they_support_but_did_not_share(string browser, object wanted)
    {
        var group = (NamedGroup)wanted;
        var random = new SeededRandom(1);
        using var hybrid = new X25519MLKem768KeyExchange(random);
        using var x25519 = new X25519KeyExchange(random);
        using var p256 = new EcdhKeyExchange(NamedGroup.Secp256r1);
        var hello = IsChromium(browser) ? Chromium(hybrid, x25519) : Firefox(hybrid, x25519, p256);
        var settings = new TlsServerSettings { ApplicationProtocols = [HandshakePair.H3], Credential = HandshakePair.Ed25519Credential, Groups = [group] };
        using var server = Answer(hello.Build(), settings);
        Assert.Null(server.Failure);

        using var asked = new EcdhKeyExchange(group);
        server.Receive(EncryptionLevel.Initial, hello.With(51, Prefix16(Share((ushort)group, asked.Share.ToArray()))).Build());
        Assert.Null(server.Failure);
        Assert.Equal(group, server.Group);
    }

    private static HelloBuilder Chromium(X25519MLKem768KeyExchange hybrid, X25519KeyExchange x25519) => Browser()
        .With(13, Prefix16(Numbers(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0807)))
        .With(27, [2, 0, 2])
        .With(10, Prefix16(Numbers(0x11ec, 0x1d, 0x17, 0x18)))
        .With(17613, Prefix16(Prefix8("h3"u8.ToArray())))
        .With(51, Prefix16([.. Share(0x11ec, hybrid.Share.ToArray()), .. Share(0x1d, x25519.Share.ToArray())]));

    private static HelloBuilder Firefox(X25519MLKem768KeyExchange hybrid, X25519KeyExchange x25519, EcdhKeyExchange p256)
    {
        var hello = Browser()
            .With(13, Prefix16(Numbers(0x0403, 0x0503, 0x0603, 0x0203, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201, 0x0807)))
            .With(5, [1, 0, 0, 0, 0])
            .With(23, [])
            .With(27, [6, 0, 1, 0, 3, 0, 2])
            .With(28, [0x40, 0x01])
            .With(34, [0, 4, 4, 3, 5, 3])
            .With(65281, [0])
            .With(65037, [0, 0, 1, 0, 1, .. new byte[244]])
            .With(10, Prefix16(Numbers(0x11ec, 0x1d, 0x17, 0x18, 0x19)))
            .With(51, Prefix16([.. Share(0x11ec, hybrid.Share.ToArray()), .. Share(0x1d, x25519.Share.ToArray()), .. Share(0x17, p256.Share.ToArray())]));
        hello.Suites = [0x1301, 0x1303, 0x1302];
        return hello;
    }

    private static bool IsChromium(string browser) => string.Equals(browser, "Chromium", StringComparison.Ordinal);

    private static HelloBuilder Browser() => new HelloBuilder()
        .With(0, Prefix16([0, .. Prefix16("peregrine.test"u8.ToArray())]))
        .With(16, Prefix16(Prefix8("h3"u8.ToArray())))
        .With(43, Prefix8(Numbers(0x0304)))
        .With(45, [1, 1])
        .With(57, [1, 4, 0x80, 0, 0x75, 0x30]);

    private static void Shuffle<T>(List<T> items, Random random)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = random.Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    // The client's half, by the writers and the key schedule alone.
    private static void Finish(TlsServer server, byte[] clientHello, KeyExchange ours)
    {
        using var transcript = new Transcript();
        transcript.Append(clientHello);
        HandshakeSecrets? secrets = null;
        while (server.TryTakeEvent(out var e))
        {
            if (e.Kind != TlsEventKind.WriteBytes)
                continue;
            transcript.Append(e.Data.Span);
            if (e.Level != EncryptionLevel.Initial)
                continue;
            Assert.Null(ServerHello.Read(e.Data.Span[4..], out var hello));
            Assert.True(ours.TryComplete(hello.KeyShare!.Value.KeyExchange.Span, out var secret));
            transcript.ChooseHash(hello.CipherSuite);
            secrets = new HandshakeSecrets(hello.CipherSuite, secret, transcript.CurrentHash(new byte[48]));
        }

        server.Receive(EncryptionLevel.Handshake, Finished.Write(secrets!.Suite, secrets.Client, transcript.CurrentHash(new byte[48])));
        secrets.Dispose();
    }
}
