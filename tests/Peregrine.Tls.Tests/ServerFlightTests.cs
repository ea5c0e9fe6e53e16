using static Peregrine.Tls.Tests.HelloBuilder;

namespace Peregrine.Tls.Tests;

/// <summary>
/// What a client makes of servers that are wrong. The scripted server goes on in earnest, so only the check under test can fail.
/// </summary>
public sealed class ServerFlightTests
{
    private static readonly byte[] SupportedVersions = [0, 43, 0, 2, 3, 4];
    private static readonly byte[] Alpn = [0, 16, 0, 5, 0, 3, 2, (byte)'h', (byte)'3'];
    private static readonly byte[] Parameters = [0, 57, 0, 1, 9];
    private static readonly byte[] KeyShare = [0, 51, .. Prefix16(Share(0x1d, Rfc8448.ServerPublicKey))];

    private static readonly Dictionary<string, (byte[] Message, TlsAlert Alert)> WrongServerHellos = new(StringComparer.Ordinal)
    {
        ["no supported_versions"] = (Hello(extensions: [KeyShare]), TlsAlert.ProtocolVersion),
        ["TLS 1.2 chosen"] = (Hello(extensions: [[0, 43, 0, 2, 3, 3], KeyShare]), TlsAlert.IllegalParameter),
        ["legacy_version SSL 3.0"] = (Hello(version: 0x0300, extensions: [SupportedVersions, KeyShare]), TlsAlert.ProtocolVersion), // RFC 8446 §D.5
        ["TLS 1.2's own extensions"] = (Hello(extensions: [[0xff, 1, 0, 1, 0], [0, 11, 0, 2, 1, 0]]), TlsAlert.ProtocolVersion), // RFC 8446 §4.2.1
        ["TLS 1.2 after a downgrade"] = (Downgraded(1, Hello(extensions: [])), TlsAlert.IllegalParameter), // RFC 8446 §4.1.3
        ["TLS 1.1 after a downgrade"] = (Downgraded(0, Hello(extensions: [])), TlsAlert.IllegalParameter),
        ["an older version without extensions after a downgrade"] = (Downgraded(1, Message(2, Hello(extensions: [])[4..^2])), TlsAlert.IllegalParameter),
        ["an older version without extensions"] = (Message(2, Hello(extensions: [])[4..^2]), TlsAlert.ProtocolVersion),
        ["supported_versions of three bytes"] = (Hello(extensions: [[0, 43, 0, 3, 3, 4, 0], KeyShare]), TlsAlert.DecodeError),
        ["legacy_session_id_echo of 33 bytes"] = (Hello(sessionId: new byte[33], extensions: [SupportedVersions, KeyShare]), TlsAlert.DecodeError),
        ["session ID that was not sent"] = (Hello(sessionId: [1], extensions: [SupportedVersions, KeyShare]), TlsAlert.IllegalParameter), // RFC 8446 §4.1.3
        ["compression"] = (Hello(compression: 1, extensions: [SupportedVersions, KeyShare]), TlsAlert.IllegalParameter),
        ["suite not offered"] = (Hello(suite: 0x1304, extensions: [SupportedVersions, KeyShare]), TlsAlert.IllegalParameter),
        ["no key_share"] = (Hello(extensions: [SupportedVersions]), TlsAlert.MissingExtension),
        ["duplicate extension"] = (Hello(extensions: [SupportedVersions, KeyShare, SupportedVersions]), TlsAlert.IllegalParameter),
        ["ALPN where it may not be"] = (Hello(extensions: [SupportedVersions, KeyShare, Alpn]), TlsAlert.IllegalParameter), // RFC 8446 §4.2
        ["transport parameters where they may not be"] = (Hello(extensions: [SupportedVersions, KeyShare, Parameters]), TlsAlert.IllegalParameter),
        ["an extension nobody knows"] = (Hello(extensions: [SupportedVersions, KeyShare, [0x0a, 0x0a, 0, 0]]), TlsAlert.UnsupportedExtension),
        ["pre_shared_key not offered"] = (Hello(extensions: [SupportedVersions, KeyShare, [0, 41, 0, 2, 0, 0]]), TlsAlert.UnsupportedExtension),
        ["cookie"] = (Hello(extensions: [SupportedVersions, KeyShare, [0, 44, 0, 3, 0, 1, 1]]), TlsAlert.IllegalParameter),
        ["bytes behind"] = (Message(2, [.. Hello(extensions: [SupportedVersions, KeyShare])[4..], 0]), TlsAlert.DecodeError),

        // Robustness T8.
        ["share for a group without ours"] = (Hello(extensions: [SupportedVersions, [0, 51, .. Prefix16(Share(0x17, new byte[65]))]]), TlsAlert.IllegalParameter),
        ["share for a group not offered"] = (Hello(extensions: [SupportedVersions, [0, 51, .. Prefix16(Share(0x19, new byte[65]))]]), TlsAlert.IllegalParameter),
        ["X25519 share of 31 bytes"] = (Hello(extensions: [SupportedVersions, [0, 51, .. Prefix16(Share(0x1d, new byte[31]))]]), TlsAlert.IllegalParameter),
        ["X25519 share of zeros"] = (Hello(extensions: [SupportedVersions, [0, 51, .. Prefix16(Share(0x1d, new byte[32]))]]), TlsAlert.IllegalParameter),
        ["hybrid share too short"] = (Hello(extensions: [SupportedVersions, [0, 51, .. Prefix16(Share(0x11ec, new byte[1119]))]]), TlsAlert.IllegalParameter),
        ["hybrid share with zero X25519"] = (Hello(extensions: [SupportedVersions, [0, 51, .. Prefix16(Share(0x11ec, new byte[1120]))]]), TlsAlert.IllegalParameter),
        ["empty share"] = (Hello(extensions: [SupportedVersions, [0, 51, .. Prefix16(Share(0x1d, []))]]), TlsAlert.DecodeError),
    };

    private static readonly Dictionary<string, (byte[] Message, TlsAlert Alert)> WrongEncryptedExtensions = new(StringComparer.Ordinal)
    {
        ["no ALPN"] = (Message(8, Prefix16(Parameters)), TlsAlert.NoApplicationProtocol), // RFC 9001 §8.1
        ["no transport parameters"] = (Message(8, Prefix16(Alpn)), TlsAlert.MissingExtension), // RFC 9001 §8.2
        ["ALPN not offered"] = (Message(8, Prefix16([0, 16, 0, 5, 0, 3, 2, (byte)'h', (byte)'2', .. Parameters])), TlsAlert.NoApplicationProtocol),
        ["two ALPN names"] = (Message(8, Prefix16([0, 16, 0, 8, 0, 6, 2, (byte)'h', (byte)'3', 2, (byte)'h', (byte)'3', .. Parameters])), TlsAlert.DecodeError),
        ["unknown extension"] = (Message(8, Prefix16([.. Alpn, .. Parameters, 0x0a, 0x0a, 0, 0])), TlsAlert.UnsupportedExtension), // RFC 8446 §4.2
        ["early_data not offered"] = (Message(8, Prefix16([.. Alpn, .. Parameters, 0, 42, 0, 0])), TlsAlert.UnsupportedExtension),
        ["pre_shared_key where it may not be"] = (Message(8, Prefix16([.. Alpn, .. Parameters, 0, 41, 0, 2, 0, 0])), TlsAlert.IllegalParameter), // RFC 8446 §4.3.1
        ["cookie where it may not be"] = (Message(8, Prefix16([.. Alpn, .. Parameters, 0, 44, 0, 3, 0, 1, 1])), TlsAlert.IllegalParameter),
        ["key_share where it may not be"] = (Message(8, Prefix16([.. Alpn, .. Parameters, .. KeyShare])), TlsAlert.IllegalParameter),
        ["duplicate extension"] = (Message(8, Prefix16([.. Alpn, .. Parameters, .. Alpn])), TlsAlert.IllegalParameter),
        ["server_name with contents"] = (Message(8, Prefix16([.. Alpn, .. Parameters, 0, 0, 0, 1, 0])), TlsAlert.DecodeError),
        ["extensions cut off"] = (Message(8, Prefix16([.. Alpn, 0])), TlsAlert.DecodeError),
        ["another message"] = (Message(11, [0, 0, 0, 0]), TlsAlert.UnexpectedMessage),
        ["KeyUpdate"] = (Message(24, [0]), TlsAlert.UnexpectedMessage), // RFC 9001 §6
        ["EndOfEarlyData"] = (Message(5, []), TlsAlert.UnexpectedMessage), // RFC 9001 §8.3
    };

    private static readonly Dictionary<string, (byte[] Message, TlsAlert Alert)> WrongCertificates = new(StringComparer.Ordinal)
    {
        ["empty list"] = (Message(11, [0, 0, 0, 0]), TlsAlert.DecodeError), // RFC 8446 §4.4.2.4
        ["context"] = (Message(11, [1, 9, 0, 0, 0]), TlsAlert.IllegalParameter),
        ["not a certificate"] = (Message(11, [0, 0, 0, 8, 0, 0, 3, 1, 2, 3, 0, 0]), TlsAlert.BadCertificate),
        ["empty entry"] = (Message(11, [0, 0, 0, 5, 0, 0, 0, 0, 0]), TlsAlert.DecodeError),
        ["entry cut off"] = (Message(11, [0, 0, 0, 4, 0, 0, 9, 1]), TlsAlert.DecodeError),
        ["PEM"] = (CertificateMessage.Write([System.Text.Encoding.ASCII.GetBytes(TestCertificates.Root.ExportCertificatePem())]), TlsAlert.BadCertificate),
        ["seventeen"] = (CertificateMessage.Write([.. Enumerable.Repeat(HandshakePair.Ed25519Credential.Chain[0], 17)]), TlsAlert.BadCertificate), // T7
        ["status not asked for"] = (WithEntryExtension(), TlsAlert.UnsupportedExtension),
        ["CertificateVerify instead"] = (Message(15, [8, 7, 0, 0]), TlsAlert.UnexpectedMessage),
    };

    public static TheoryData<string> ServerHelloNames() => [.. WrongServerHellos.Keys];

    public static TheoryData<string> EncryptedExtensionsNames() => [.. WrongEncryptedExtensions.Keys];

    public static TheoryData<string> CertificateNames() => [.. WrongCertificates.Keys];

    [Theory]
    [MemberData(nameof(ServerHelloNames))]
    public void A_wrong_ServerHello_fails_with_its_alert(string name)
    {
        var (message, alert) = WrongServerHellos[name];
        using var server = new ScriptedServer { ServerHello = _ => message };
        AssertFails(server, alert);
    }

    [Theory]
    [MemberData(nameof(EncryptedExtensionsNames))]
    public void Wrong_EncryptedExtensions_fail_with_their_alert(string name)
    {
        var (message, alert) = WrongEncryptedExtensions[name];
        using var server = new ScriptedServer { EncryptedExtensions = _ => message };
        AssertFails(server, alert);
    }

    [Theory]
    [MemberData(nameof(CertificateNames))]
    public void A_wrong_Certificate_message_fails_with_its_alert(string name)
    {
        var (message, alert) = WrongCertificates[name];
        using var server = new ScriptedServer { Certificate = _ => message };
        AssertFails(server, alert);
    }

    [Fact]
    public void The_flight_they_are_made_from_is_accepted()
    {
        using var server = new ScriptedServer();
        server.Run(HandshakePair.DefaultClient());
        Assert.Null(server.Client.Failure);
        Assert.Equal(TlsState.Complete, server.Client.State);
    }

    [Fact]
    public void Known_harmless_answers_are_accepted() // RFC 8446 §4.2.7, RFC 6066 §3
    {
        using var server = new ScriptedServer
        {
            EncryptedExtensions = _ => Message(8, Prefix16([0, 0, 0, 0, .. Parameters, .. Alpn, 0, 10, 0, 4, 0, 2, 0, 0x1d])),
        };
        server.Run(HandshakePair.DefaultClient());
        Assert.Equal(TlsState.Complete, server.Client.State);
    }

    [Theory]
    [Trait("Review", "U23")]
    [InlineData(0x0301)]
    [InlineData(0x0304)]
    [InlineData(0x7f1c)]
    public void Nothing_follows_from_the_legacy_version_of_a_ServerHello(int version) // RFC 8446 §4.2.1
    {
        using var server = new ScriptedServer
        {
            ServerHello = message => [.. message[..4], .. Numbers((ushort)version), .. message[6..]],
        };
        server.Run(HandshakePair.DefaultClient());
        Assert.Equal(TlsState.Complete, server.Client.State);
    }

    [Fact]
    public void Server_name_must_not_be_acknowledged_when_none_was_sent()
    {
        using var server = new ScriptedServer { EncryptedExtensions = _ => Message(8, Prefix16([0, 0, 0, 0, .. Parameters, .. Alpn])) };
        server.Run(new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3] });
        Assert.Equal(TlsAlert.UnsupportedExtension, server.Client.Failure!.Alert);
    }

    [Theory]
    [InlineData(new byte[] { 1, 9, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3 }, TlsAlert.IllegalParameter)] // a context in the handshake
    [InlineData(new byte[] { 0, 0, 4, 0, 47, 0, 0 }, TlsAlert.MissingExtension)] // RFC 8446 §4.3.2
    [InlineData(new byte[] { 0, 0, 8, 0, 13, 0, 4, 0, 2, 4 }, TlsAlert.DecodeError)]
    [InlineData(new byte[] { 0, 0, 0 }, TlsAlert.DecodeError)] // extensions<2..2^16-1>
    [InlineData(new byte[] { 0, 0, 12, 0, 13, 0, 4, 0, 2, 4, 3, 0, 16, 0, 0 }, TlsAlert.IllegalParameter)] // ALPN has no place there
    [InlineData(new byte[] { 0, 0, 9, 0, 13, 0, 5, 0, 3, 4, 3, 4 }, TlsAlert.DecodeError)] // an odd list
    public void A_wrong_CertificateRequest_fails_with_its_alert(byte[] body, object alert)
    {
        using var server = new ScriptedServer { CertificateRequest = Message(13, body) };
        AssertFails(server, (TlsAlert)alert);
    }

    [Fact]
    public void A_second_CertificateRequest_is_unexpected()
    {
        byte[] request = [13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
        using var server = new ScriptedServer { CertificateRequest = [.. request, .. request] };
        AssertFails(server, TlsAlert.UnexpectedMessage);
    }

    [Fact]
    public void A_wrong_Finished_fails() // RFC 8446 §4.4.4
    {
        for (var bit = 0; bit < 32 * 8; bit += 37)
        {
            using var server = new ScriptedServer { Finished = Flip(4 * 8 + bit) };
            AssertFails(server, TlsAlert.DecryptError);
        }

        using var shorter = new ScriptedServer { Finished = message => Message(20, message[4..^1]) };
        AssertFails(shorter, TlsAlert.DecodeError);
    }

    [Fact]
    public void A_server_refuses_a_wrong_client_Finished() // RFC 8446 §4.4.4
    {
        using var pair = new HandshakePair
        {
            OnTheWay = (from, level, message) => from is TlsClient && level == EncryptionLevel.Handshake ? Flip(40)(message) : message,
        }.Run();

        Assert.Equal(TlsAlert.DecryptError, pair.Server.Failure!.Alert);
        Assert.DoesNotContain(pair.ServerEvents, e => e is { Kind: TlsEventKind.InstallReadSecret, Level: EncryptionLevel.Application });
        Assert.DoesNotContain(pair.ServerEvents, e => e.Kind == TlsEventKind.Complete);
    }

    [Fact]
    public void Any_change_on_the_way_is_noticed() // every bit of the server's flight is covered by the transcript
    {
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var changed = false;
            using var pair = new HandshakePair
            {
                OnTheWay = (from, level, message) =>
                {
                    if (from is not TlsServer || changed || random.Next(4) != 0)
                        return message;
                    changed = true;
                    return Flip(random.Next(message.Length * 8))(message);
                },
            }.Run();
            Assert.True(!changed || pair.Client.State != TlsState.Complete);
        }
    }

    private static Func<byte[], byte[]> Flip(int bit) => message =>
    {
        var changed = (byte[])message.Clone();
        changed[bit / 8] ^= (byte)(1 << (bit % 8));
        return changed;
    };

    private static void AssertFails(ScriptedServer server, TlsAlert alert)
    {
        server.Run(HandshakePair.DefaultClient());
        Assert.Equal(TlsState.Failed, server.Client.State);
        Assert.Equal(alert, server.Client.Failure!.Alert);
        Assert.False(server.Client.TryTakeEvent(out _));
        Assert.False(server.Client.TryExportKeyingMaterial("EXPORTER-x"u8, default, new byte[16]));
    }

    private static byte[] Hello(
        ushort version = 0x0303, byte[]? sessionId = null, ushort suite = 0x1301, byte compression = 0, byte[][]? extensions = null) => Message(
        2,
        [.. Numbers(version), .. new byte[32], .. Prefix8(sessionId ?? []), .. Numbers(suite), compression, .. Prefix16([.. extensions!.SelectMany(e => e)])]);

    private static byte[] Downgraded(byte last, byte[] hello) =>
        [.. hello[..(4 + 2 + 24)], .. "DOWNGRD"u8, last, .. hello[(4 + 2 + 32)..]];

    private static byte[] WithEntryExtension()
    {
        var certificate = HandshakePair.Ed25519Credential.Chain[0];
        byte[] entry = [0, .. Prefix16(certificate), .. Prefix16([0, 5, 0, 0])];
        return Message(11, [0, 0, .. Prefix16(entry)]);
    }
}
