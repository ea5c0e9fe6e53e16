using static Peregrine.Tls.Tests.HelloBuilder;

namespace Peregrine.Tls.Tests;

/// <summary>HelloRetryRequest in both roles (RFC 8446 §4.1.4; robustness T8).</summary>
public sealed class RetryTests
{
    private static readonly byte[] SupportedVersions = [0, 43, 0, 2, 3, 4];

    [Theory]
    [InlineData(NamedGroup.X25519MLKem768)]
    [InlineData(NamedGroup.X25519)]
    [InlineData(NamedGroup.Secp256r1)]
    [InlineData(NamedGroup.Secp384r1)]
    public void A_server_without_a_fitting_share_asks_for_one(object wanted)
    {
        var group = (NamedGroup)wanted;
        var firstShare = group == NamedGroup.X25519 ? NamedGroup.Secp256r1 : NamedGroup.X25519;
        var client = new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], KeyShares = [firstShare] };
        using var pair = new HandshakePair(client, Only(group)).Run();

        pair.AssertComplete();
        Assert.Equal(group, pair.Client.Group);
        Assert.Equal(2, pair.ClientEvents.Count(e => e is { Kind: TlsEventKind.WriteBytes, Level: EncryptionLevel.Initial }));
        Assert.Equal(2, pair.ServerEvents.Count(e => e is { Kind: TlsEventKind.WriteBytes, Level: EncryptionLevel.Initial }));
        Assert.Single(pair.ServerEvents, e => e.Kind == TlsEventKind.PeerTransportParameters);
    }

    [Fact]
    public void A_share_that_fits_is_taken_before_a_better_group_without_one()
    {
        var client = new TlsClientSettings
        {
            ApplicationProtocols = [HandshakePair.H3],
            Groups = [NamedGroup.X25519, NamedGroup.Secp384r1],
            KeyShares = [NamedGroup.Secp384r1],
        };
        using var pair = new HandshakePair(client).Run();

        pair.AssertComplete();
        Assert.Equal(NamedGroup.Secp384r1, pair.Client.Group);
        Assert.Single(pair.ClientEvents, e => e is { Kind: TlsEventKind.WriteBytes, Level: EncryptionLevel.Initial });
    }

    [Theory]
    [Trait("Review", "U26")]
    [InlineData(true, NamedGroup.X25519MLKem768, 2)]
    [InlineData(false, NamedGroup.X25519, 1)]
    public void A_post_quantum_group_without_a_share_is_worth_a_retry_unless_the_settings_say_no(bool retries, object group, int hellos)
    {
        var client = new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], KeyShares = [NamedGroup.X25519] };
        var server = new TlsServerSettings
        {
            ApplicationProtocols = [HandshakePair.H3],
            Credential = HandshakePair.Ed25519Credential,
            RetryForPostQuantum = retries,
        };
        using var pair = new HandshakePair(client, server).Run();

        pair.AssertComplete();
        Assert.Equal((NamedGroup)group, pair.Client.Group);
        Assert.Equal(hellos, pair.ClientEvents.Count(e => e is { Kind: TlsEventKind.WriteBytes, Level: EncryptionLevel.Initial }));
    }

    [Theory]
    [Trait("Review", "U26")]
    [InlineData(true, CipherSuite.ChaCha20Poly1305Sha256, NamedGroup.X25519)]
    [InlineData(false, CipherSuite.Aes128GcmSha256, NamedGroup.X25519MLKem768)]
    public void The_client_s_order_decides_when_the_settings_say_so(bool byClient, object suite, object group)
    {
        var client = new TlsClientSettings
        {
            ApplicationProtocols = [HandshakePair.H3],
            CipherSuites = [CipherSuite.ChaCha20Poly1305Sha256, CipherSuite.Aes128GcmSha256],
            Groups = [NamedGroup.X25519, NamedGroup.X25519MLKem768],
        };
        var server = new TlsServerSettings
        {
            ApplicationProtocols = [HandshakePair.H3],
            Credential = HandshakePair.Ed25519Credential,
            PreferClientOrder = byClient,
        };
        using var pair = new HandshakePair(client, server).Run();

        pair.AssertComplete();
        Assert.Equal((CipherSuite)suite, pair.Server.Suite);
        Assert.Equal((NamedGroup)group, pair.Server.Group);
    }

    [Fact]
    public void A_client_without_any_share_is_asked_for_one()
    {
        var client = new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], KeyShares = [] };
        using var pair = new HandshakePair(client).Run();
        pair.AssertComplete();
        Assert.Equal(NamedGroup.X25519MLKem768, pair.Client.Group);
    }

    [Theory]
    [InlineData(CipherSuite.Aes256GcmSha384)]
    [InlineData(CipherSuite.ChaCha20Poly1305Sha256)]
    public void A_retry_works_with_every_hash(object suite)
    {
        var client = new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], CipherSuites = [(CipherSuite)suite] };
        using var pair = new HandshakePair(client, Only(NamedGroup.Secp256r1)) { ChunkLength = 1 }.Run();
        pair.AssertComplete();
    }

    [Fact]
    public void The_second_ClientHello_differs_only_in_its_share_and_its_cookie() // RFC 8446 §4.1.2
    {
        using var client = NewClient(out var first);
        client.Receive(EncryptionLevel.Initial, Retry([0, 51, 0, 2, 0, 0x17], [0, 44, 0, 5, 0, 3, 7, 8, 9]));
        Assert.True(client.TryTakeEvent(out var sent));
        var second = Parse(sent.Data.ToArray());

        Assert.Equal(first.Random, second.Random);
        Assert.Equal(first.Suites, second.Suites);
        Assert.Equal([0, 3, 7, 8, 9], second.Extensions.Single(e => e.Type == 44).Data); // the cookie, as it came
        var share = second.Extensions.Single(e => e.Type == 51).Data;
        Assert.Equal([0, 69, 0, 0x17, 0, 65, 4], share[..7]);
        Assert.Equal(
            first.Extensions.Where(e => e.Type != 51).Select(e => (e.Type, Convert.ToHexString(e.Data))),
            second.Extensions.Where(e => e.Type is not (51 or 44)).Select(e => (e.Type, Convert.ToHexString(e.Data))));
    }

    [Fact]
    public void A_cookie_alone_is_echoed_and_the_shares_stay()
    {
        using var client = NewClient(out var first);
        client.Receive(EncryptionLevel.Initial, Retry([0, 44, 0, 3, 0, 1, 7]));
        Assert.True(client.TryTakeEvent(out var sent));
        var second = Parse(sent.Data.ToArray());

        Assert.Equal([0, 1, 7], second.Extensions.Single(e => e.Type == 44).Data);
        Assert.Equal(first.Extensions.Single(e => e.Type == 51).Data, second.Extensions.Single(e => e.Type == 51).Data);
    }

    public static TheoryData<string, byte[], object> WrongRetries() => new()
    {
        { "for a group not offered", Retry([0, 51, 0, 2, 0, 0x19]), TlsAlert.IllegalParameter },
        { "for a group shared already", Retry([0, 51, 0, 2, 0, 0x1d]), TlsAlert.IllegalParameter },
        { "for nothing", Retry(), TlsAlert.IllegalParameter },
        { "with an empty cookie", Retry([0, 44, 0, 2, 0, 0]), TlsAlert.DecodeError },
        { "with a whole share", Retry([0, 51, .. Prefix16(Share(0x17, new byte[65]))]), TlsAlert.DecodeError },
        { "with a suite not offered", Retry(0x1304, [0, 51, 0, 2, 0, 0x17]), TlsAlert.IllegalParameter },
        { "with a cookie too long to echo", Retry([0, 44, .. Prefix16(Prefix16(new byte[ServerHello.MaxCookieLength + 1]))]), TlsAlert.IllegalParameter },
        { "with ALPN, which has no place there", Retry([0, 51, 0, 2, 0, 0x17], [0, 16, 0, 5, 0, 3, 2, 0x68, 0x33]), TlsAlert.IllegalParameter },
        { "with an unknown extension", Retry([0, 51, 0, 2, 0, 0x17], [0x0a, 0x0a, 0, 0]), TlsAlert.UnsupportedExtension },
        { "with a duplicate extension", Retry([0, 51, 0, 2, 0, 0x17], [0, 51, 0, 2, 0, 0x17]), TlsAlert.IllegalParameter },
    };

    [Theory]
    [MemberData(nameof(WrongRetries))]
    public void A_client_refuses_a_retry(string what, byte[] retry, object alert)
    {
        using var client = NewClient(out _);
        client.Receive(EncryptionLevel.Initial, retry);
        Assert.True((TlsAlert)alert == client.Failure!.Alert, what);
    }

    [Fact]
    public void The_longest_cookie_is_echoed_beside_everything_else()
    {
        var names = Enumerable.Range(0, 64).Select(i => Enumerable.Repeat((byte)i, 255).ToArray()).ToArray();
        using var client = new TlsClient(
            new TlsClientSettings { ServerName = "peregrine.test", ApplicationProtocols = names },
            new byte[512],
            new TlsCryptography(new SeededRandom(1)));
        client.Start();
        Assert.True(client.TryTakeEvent(out _));
        client.Receive(EncryptionLevel.Initial, Retry([0, 44, .. Prefix16(Prefix16(new byte[ServerHello.MaxCookieLength]))]));
        Assert.Null(client.Failure);
        Assert.True(client.TryTakeEvent(out var sent));
        Assert.True(sent.Data.Length > ServerHello.MaxCookieLength);
    }

    [Fact]
    public void A_second_retry_is_unexpected() // RFC 8446 §4.1.4
    {
        using var client = NewClient(out _);
        client.Receive(EncryptionLevel.Initial, Retry([0, 51, 0, 2, 0, 0x17]));
        Assert.True(client.TryTakeEvent(out _));
        client.Receive(EncryptionLevel.Initial, Retry([0, 51, 0, 2, 0, 0x18]));
        Assert.Equal(TlsAlert.UnexpectedMessage, client.Failure!.Alert);
    }

    [Theory]
    [InlineData(0x1302, 0x17)] // another suite than the retry's
    [InlineData(0x1301, 0x1d)] // another group than was asked for
    public void The_ServerHello_after_a_retry_must_keep_to_it(int suite, int group)
    {
        using var client = NewClient(out _);
        client.Receive(EncryptionLevel.Initial, Retry([0, 51, 0, 2, 0, 0x17]));
        Assert.True(client.TryTakeEvent(out _));
        Assert.True(EcdhKeyExchange.TryAnswer(NamedGroup.Secp256r1, P256Point(), out var answer));
        client.Receive(EncryptionLevel.Initial, ServerHello.Write(new byte[32], (CipherSuite)suite, (NamedGroup)group, answer.Share));
        Assert.Equal(TlsAlert.IllegalParameter, client.Failure!.Alert);
    }

    public static TheoryData<string> SecondHellos() => [.. Seconds.Keys];

    private static readonly Dictionary<string, Func<HelloBuilder, HelloBuilder>> Seconds = new(StringComparer.Ordinal)
    {
        ["still without the share"] = hello => hello.With(51, Prefix16(Share(0x1d, Rfc8448.ClientPublicKey))),
        ["with no share"] = hello => hello.With(51, Prefix16([])),
        ["with two shares"] = hello => hello.With(51, Prefix16([.. Share(0x17, P256Point()), .. Share(0x1d, Rfc8448.ClientPublicKey)])),
        ["with a share off the curve"] = hello => hello.With(51, Prefix16(Share(0x17, [4, .. new byte[64]]))),
        ["with another random"] = hello => Set(hello, h => h.Random = [1, .. new byte[31]]),
        ["with other suites"] = hello => Set(hello, h => h.Suites = [0x1301]),
        ["with other groups"] = hello => hello.With(10, Prefix16(Numbers(0x17))),
        ["with other schemes"] = hello => hello.With(13, Prefix16(Numbers(0x0807))),
        ["with another ALPN"] = hello => hello.With(16, Prefix16(Prefix8("h4"u8.ToArray()))),
        ["with another server name"] = hello => hello.Also(0, Prefix16([0, .. Prefix16("a.test"u8.ToArray())])),
        ["with other transport parameters"] = hello => hello.With(57, [1, 2]),
        ["with early data"] = hello => hello.Also(42, []), // RFC 8446 §4.2.10
    };

    [Theory]
    [MemberData(nameof(SecondHellos))]
    public void A_server_refuses_a_second_ClientHello(string what)
    {
        using var server = Answer(Valid().Build(), Only(NamedGroup.Secp256r1));
        Assert.Null(server.Failure);
        server.Receive(EncryptionLevel.Initial, Seconds[what](Second()).Build());
        Assert.Equal(TlsAlert.IllegalParameter, server.Failure!.Alert);
    }

    [Fact]
    public void The_second_ClientHello_they_are_made_from_is_accepted()
    {
        using var server = Answer(Valid().Build(), Only(NamedGroup.Secp256r1));
        server.Receive(EncryptionLevel.Initial, Second().Also(44, Prefix16([1])).Build());
        Assert.Null(server.Failure);
        Assert.Equal(NamedGroup.Secp256r1, server.Group);
    }

    [Fact]
    public void A_second_share_of_a_group_nobody_knows_counts_as_well() // RFC 8446 §4.2.8: a single KeyShareEntry
    {
        var groups = Prefix16(Numbers(0x2a2a, 0x001d, 0x0017));
        using var server = Answer(Valid().With(10, groups).Build(), Only(NamedGroup.Secp256r1));
        Assert.Null(server.Failure);
        server.Receive(
            EncryptionLevel.Initial,
            Second().With(10, groups).With(51, Prefix16([.. Share(0x2a2a, [0]), .. Share(0x17, P256Point())])).Build());
        Assert.Equal(TlsAlert.IllegalParameter, server.Failure!.Alert);
    }

    [Fact]
    public void A_server_does_not_take_a_third_ClientHello()
    {
        using var server = Answer(Valid().Build(), Only(NamedGroup.Secp256r1));
        server.Receive(EncryptionLevel.Initial, Second().Build());
        server.Receive(EncryptionLevel.Initial, Second().Build());
        Assert.True(server.Failure!.IsProtocolViolation);
    }

    private static HelloBuilder Second() => Valid().With(51, Prefix16(Share(0x17, P256Point())));

    private static byte[] P256Point()
    {
        using var key = new EcdhKeyExchange(NamedGroup.Secp256r1);
        return key.Share.ToArray();
    }

    private static HelloBuilder Set(HelloBuilder hello, Action<HelloBuilder> change)
    {
        change(hello);
        return hello;
    }

    private static TlsServerSettings Only(NamedGroup group) =>
        new() { ApplicationProtocols = [HandshakePair.H3], Credential = HandshakePair.Ed25519Credential, Groups = [group] };

    private static byte[] Retry(params byte[][] extensions) => Retry(0x1301, extensions);

    private static byte[] Retry(ushort suite, params byte[][] extensions) => Message(
        2,
        [.. Numbers(0x0303), .. ServerHello.RetryRandom, 0, .. Numbers(suite), 0, .. Prefix16([.. SupportedVersions, .. extensions.SelectMany(e => e)])]);

    private static TlsClient NewClient(out HelloBuilder first)
    {
        var client = new TlsClient(HandshakePair.DefaultClient(), HandshakePair.ClientParameters, new TlsCryptography(new SeededRandom(1)));
        client.Start();
        Assert.True(client.TryTakeEvent(out var sent));
        first = Parse(sent.Data.ToArray());
        return client;
    }
}
