using static Peregrine.Tls.Tests.HelloBuilder;

namespace Peregrine.Tls.Tests;

/// <summary>What a server makes of ClientHellos that are wrong, and of those that are only strange.</summary>
public sealed class ClientHelloTests
{
    private static readonly Dictionary<string, (HelloBuilder Hello, TlsAlert Alert)> Wrong = new(StringComparer.Ordinal)
    {
        ["no supported_versions"] = (Valid().Without(43), TlsAlert.ProtocolVersion),
        ["TLS 1.2 alone"] = (Valid().With(43, Prefix8(Numbers(0x0303))), TlsAlert.ProtocolVersion),
        ["empty supported_versions"] = (Valid().With(43, [0]), TlsAlert.DecodeError),
        ["no transport parameters"] = (Valid().Without(57), TlsAlert.MissingExtension), // RFC 9001 §8.2
        ["no ALPN"] = (Valid().Without(16), TlsAlert.NoApplicationProtocol), // RFC 9001 §8.1
        ["no supported_groups"] = (Valid().Without(10), TlsAlert.MissingExtension), // RFC 8446 §9.2
        ["no key_share"] = (Valid().Without(51), TlsAlert.MissingExtension),
        ["no signature_algorithms"] = (Valid().Without(13), TlsAlert.MissingExtension),
        ["duplicate extension"] = (Valid().Also(57, []), TlsAlert.IllegalParameter), // RFC 8446 §4.2
        ["duplicate unknown extension"] = (Valid().Also(0x0a0a, []).Also(0x0a0a, []), TlsAlert.IllegalParameter),
        ["legacy_version SSL 3.0"] = (Set(hello => hello.LegacyVersion = 0x0300), TlsAlert.ProtocolVersion), // RFC 8446 §D.5
        ["compression"] = (Set(hello => hello.Compression = [1, 0]), TlsAlert.IllegalParameter), // RFC 8446 §4.1.2
        ["no compression method"] = (Set(hello => hello.Compression = []), TlsAlert.DecodeError),
        ["no suites"] = (Set(hello => hello.Suites = []), TlsAlert.DecodeError),
        ["no common suite"] = (Set(hello => hello.Suites = [0x0a0a, 0xc02f]), TlsAlert.HandshakeFailure),
        ["no common group"] = (Valid().With(10, Prefix16(Numbers(0x0019))).With(51, Prefix16([])), TlsAlert.HandshakeFailure),
        ["no common signature scheme"] = (Valid().With(13, Prefix16(Numbers(0x0401))), TlsAlert.HandshakeFailure),
        ["odd list of groups"] = (Valid().With(10, Prefix16([0, 0x1d, 0])), TlsAlert.DecodeError),
        ["empty list of groups"] = (Valid().With(10, Prefix16([])), TlsAlert.DecodeError),
        ["empty list of schemes"] = (Valid().With(13, Prefix16([])), TlsAlert.DecodeError),
        ["empty ALPN list"] = (Valid().With(16, Prefix16([])), TlsAlert.DecodeError), // RFC 7301 §3.1
        ["empty ALPN name"] = (Valid().With(16, Prefix16([0])), TlsAlert.DecodeError),
        ["ALPN with bytes behind"] = (Valid().With(16, [.. Prefix16(Prefix8("h3"u8.ToArray())), 0]), TlsAlert.DecodeError),
        ["server_name with two names"] = (Valid().With(0, Prefix16([0, .. Prefix16("a"u8.ToArray()), 0, .. Prefix16("b"u8.ToArray())])), TlsAlert.DecodeError),
        ["server_name empty"] = (Valid().With(0, Prefix16([0, 0, 0])), TlsAlert.DecodeError),
        ["server_name not a name"] = (ServerName("a b"), TlsAlert.IllegalParameter),
        ["server_name with a dot at its end"] = (ServerName("a."), TlsAlert.IllegalParameter), // RFC 6066 §3
        ["server_name with a colon"] = (ServerName("a:443"), TlsAlert.IllegalParameter),
        ["pre_shared_key not last"] = (Valid().Also(45, [1, 1]).Also(41, [0]).Also(21, []), TlsAlert.IllegalParameter), // RFC 8446 §4.2.11
        ["pre_shared_key without modes"] = (Valid().Also(41, PreSharedKey()), TlsAlert.MissingExtension), // RFC 8446 §4.2.9
        ["pre_shared_key without identities"] = (Resuming(Prefix16([]), Prefix16(Binder)), TlsAlert.DecodeError), // RFC 8446 §4.2.11
        ["pre_shared_key with an empty identity"] = (Resuming(Prefix16([0, 0, 1, 2, 3, 4]), Prefix16(Binder)), TlsAlert.DecodeError),
        ["pre_shared_key without an age"] = (Resuming(Prefix16([0, 1, 9]), Prefix16(Binder)), TlsAlert.DecodeError),
        ["pre_shared_key with a short binder"] = (Resuming(Prefix16(Identity), Prefix16(Prefix8(new byte[31]))), TlsAlert.DecodeError),
        ["pre_shared_key with bytes behind"] = (Resuming(Prefix16(Identity), [.. Prefix16(Binder), 0]), TlsAlert.DecodeError),
        ["pre_shared_key with two binders"] = (Resuming(Prefix16(Identity), Prefix16([.. Binder, .. Binder])), TlsAlert.IllegalParameter),
        ["empty psk_key_exchange_modes"] = (Valid().Also(45, [0]), TlsAlert.DecodeError), // RFC 8446 §4.2.9
        ["psk_key_exchange_modes with bytes behind"] = (Valid().Also(45, [1, 1, 1]), TlsAlert.DecodeError),
        ["early_data with contents"] = (Valid().Also(42, [0]), TlsAlert.DecodeError), // RFC 8446 §4.2.10
        ["65 ALPN names"] = (Valid().With(16, Prefix16([.. AlpnNames(64), .. Prefix8("h3"u8.ToArray())])), TlsAlert.IllegalParameter),
        ["supported_versions of odd length"] = (Valid().With(43, [3, 3, 4, 3]), TlsAlert.DecodeError), // RFC 8446 §4.2.1
        ["supported_versions with bytes behind"] = (Valid().With(43, [2, 3, 4, 0]), TlsAlert.DecodeError),
        ["legacy_session_id of 33 bytes"] = (Set(hello => hello.SessionId = new byte[33]), TlsAlert.DecodeError),

        // Robustness T8.
        ["share for a group not offered"] = (Valid().With(51, Prefix16(Share(0x0019, [1]))), TlsAlert.IllegalParameter),
        ["two shares for one group"] = (Shares(Share(0x1d, new byte[32]), Share(0x1d, new byte[32])), TlsAlert.IllegalParameter),
        ["X25519 share too short"] = (Shares(Share(0x1d, new byte[31])), TlsAlert.IllegalParameter),
        ["X25519 share too long"] = (Shares(Share(0x1d, new byte[33])), TlsAlert.IllegalParameter),
        ["X25519 all-zero share"] = (Shares(Share(0x1d, new byte[32])), TlsAlert.IllegalParameter), // RFC 8446 §7.4.2
        ["X25519 share of low order"] = (Shares(Share(0x1d, [1, .. new byte[31]])), TlsAlert.IllegalParameter),
        ["P-256 share too short"] = (Shares(Share(0x17, [4, .. new byte[63]])), TlsAlert.IllegalParameter),
        ["P-256 compressed share"] = (Shares(Share(0x17, [2, .. new byte[32]])), TlsAlert.IllegalParameter),
        ["P-256 share off the curve"] = (Shares(Share(0x17, [4, .. Enumerable.Repeat((byte)7, 64)])), TlsAlert.IllegalParameter),
        ["P-256 point at infinity"] = (Shares(Share(0x17, [4, .. new byte[64]])), TlsAlert.IllegalParameter),
        ["P-384 share off the curve"] = (Shares(Share(0x18, [4, .. Enumerable.Repeat((byte)7, 96)])), TlsAlert.IllegalParameter),
        ["hybrid share too short"] = (Hybrid(new byte[1215]), TlsAlert.IllegalParameter),
        ["hybrid share with zero X25519"] = (Hybrid(new byte[1216]), TlsAlert.IllegalParameter),
        ["hybrid share with ML-KEM coefficients out of range"] = // FIPS 203 §7.2
            (Hybrid([.. Enumerable.Repeat((byte)0xff, 1184), .. Rfc8448.ClientPublicKey]), TlsAlert.IllegalParameter),
        ["empty share"] = (Shares(Share(0x1d, [])), TlsAlert.DecodeError),
        ["share list cut off"] = (Shares([0x00]), TlsAlert.DecodeError),
    };

    public static TheoryData<string> WrongNames() => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void A_wrong_ClientHello_fails_with_its_alert(string name)
    {
        var (hello, alert) = Wrong[name];
        using var server = Answer(hello.Build());

        Assert.Equal(TlsState.Failed, server.State);
        Assert.Equal(alert, server.Failure!.Alert);
        Assert.False(server.Failure.IsProtocolViolation);
        Assert.False(server.TryTakeEvent(out _));
    }

    [Fact]
    public void The_ClientHello_they_are_made_from_is_accepted()
    {
        using var server = Answer(Valid().Build());
        Assert.Null(server.Failure);
        Assert.Equal(NamedGroup.X25519, server.Group);
    }

    [Fact]
    public void Compatibility_mode_is_a_protocol_violation() // RFC 9001 §8.4
    {
        using var server = Answer(Set(hello => hello.SessionId = new byte[32]).Build());
        Assert.True(server.Failure!.IsProtocolViolation);
    }

    [Fact]
    public void Nothing_may_be_missing_or_left_over_anywhere()
    {
        var hello = Valid().Build();
        for (var length = 4; length < hello.Length; length++)
        {
            using var server = Answer(Message(1, hello[4..length]));
            Assert.Equal(TlsState.Failed, server.State);
        }

        using var longer = Answer(Message(1, [.. hello[4..], 0]));
        Assert.Equal(TlsAlert.DecodeError, longer.Failure!.Alert);
    }

    [Fact]
    public void A_TLS_1_3_ClientHello_that_is_not_QUIC_s_is_refused() // RFC 8448 §3's, which TCP carried
    {
        using var server = Answer(Rfc8448.ClientHello);
        Assert.Equal(TlsAlert.MissingExtension, server.Failure!.Alert);
    }

    [Fact]
    public void Unknown_and_GREASE_values_are_ignored_everywhere() // RFC 8446 §4.1.2, RFC 8701
    {
        var hello = Valid()
            .With(43, Prefix8(Numbers(0x1a1a, 0x0304, 0x0303)))
            .With(10, Prefix16(Numbers(0x2a2a, 0x001d, 0x6399)))
            .With(13, Prefix16(Numbers(0x3a3a, 0x0807, 0x0101)))
            .With(16, Prefix16([.. Prefix8([0x4a, 0x4a]), .. Prefix8("h3"u8.ToArray())]))
            .With(51, Prefix16([.. Share(0x2a2a, [0]), .. Share(0x1d, Rfc8448.ClientPublicKey)]))
            .Also(0x5a5a, [0])
            .Also(0xfafa, [])
            .Also(45, [2, 1, 0x0b])
            .Also(42, [])
            .Also(41, PreSharedKey()); // no resumption: the pre-shared key is passed over
        hello.Suites = [0x7a7a, 0x1303];
        using var server = Answer(hello.Build());

        Assert.Null(server.Failure);
        Assert.Equal(CipherSuite.ChaCha20Poly1305Sha256, server.Suite);
        Assert.Equal(NamedGroup.X25519, server.Group);
    }

    [Theory]
    [Trait("Review", "U23")]
    [InlineData(0x0301)]
    [InlineData(0x0302)]
    [InlineData(0x0304)]
    [InlineData(0x7f1c)]
    public void Nothing_follows_from_the_legacy_version_of_a_ClientHello(int version) // RFC 8446 §4.2.1
    {
        using var server = Answer(Set(hello => hello.LegacyVersion = (ushort)version).Build());
        Assert.Null(server.Failure);
    }

    [Fact]
    [Trait("Review", "U9")]
    public void Sixty_four_application_protocols_are_taken()
    {
        using var server = Answer(Valid().With(16, Prefix16([.. AlpnNames(63), .. Prefix8("h3"u8.ToArray())])).Build());
        Assert.Null(server.Failure);
        Assert.Equal("h3"u8, server.ApplicationProtocol.Span);
    }

    [Fact]
    [Trait("Review", "U9")]
    public void Twenty_thousand_application_protocols_cost_next_to_nothing()
    {
        var hello = Valid().With(16, Prefix16(AlpnNames(20_000))).Build();
        Answer(hello).Dispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var server = Answer(hello);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(TlsAlert.IllegalParameter, server.Failure!.Alert);
        Assert.True(allocated < 5 * hello.Length, $"{allocated} bytes for a hello of {hello.Length}");
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public void An_address_as_server_name_counts_as_none(string name)
    {
        using var server = Answer(ServerName(name).Build());
        Assert.Null(server.Failure);
        Assert.Null(server.ServerName);
    }

    [Fact]
    public void Server_names_are_compared_in_lower_case() // robustness H18
    {
        using var server = Answer(ServerName("WWW.Example.Test").Build());
        Assert.Equal("www.example.test", server.ServerName);
    }

    [Fact]
    public void Sixteen_thousand_extensions_take_no_longer_than_their_bytes()
    {
        var hello = Valid();
        for (var i = 0; i < 15_000; i++)
            hello.Also((ushort)(1000 + i), []);
        using var server = Answer(hello.Build());
        Assert.Null(server.Failure);
    }

    private static byte[] Identity => [0, 1, 9, 1, 2, 3, 4];

    private static byte[] Binder => Prefix8(new byte[32]);

    private static byte[] PreSharedKey() => [.. Prefix16(Identity), .. Prefix16(Binder)];

    private static HelloBuilder Resuming(byte[] identities, byte[] binders) => Valid().Also(45, [1, 1]).Also(41, [.. identities, .. binders]);

    // Names of two bytes.
    private static byte[] AlpnNames(int count) => [.. Enumerable.Range(0, count).SelectMany(i => Prefix8([(byte)(i >> 8), (byte)(i & 0xff)]))];

    private static HelloBuilder Set(Action<HelloBuilder> change)
    {
        var hello = Valid();
        change(hello);
        return hello;
    }

    private static HelloBuilder Shares(params byte[][] shares) => Valid().With(51, Prefix16([.. shares.SelectMany(share => share)]));

    private static HelloBuilder Hybrid(byte[] share) => Valid().With(10, Prefix16(Numbers(0x11ec))).With(51, Prefix16(Share(0x11ec, share)));

    private static HelloBuilder ServerName(string name) =>
        Valid().With(0, Prefix16([0, .. Prefix16(System.Text.Encoding.ASCII.GetBytes(name))]));
}
