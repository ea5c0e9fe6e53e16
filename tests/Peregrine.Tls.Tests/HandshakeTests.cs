using System.Text;

namespace Peregrine.Tls.Tests;

public sealed class HandshakeTests
{
    public static TheoryData<ushort, ushort> SuitesAndGroups()
    {
        var rows = new TheoryData<ushort, ushort>();
        foreach (var suite in Enum.GetValues<CipherSuite>())
        {
            foreach (var group in Enum.GetValues<NamedGroup>())
                rows.Add((ushort)suite, (ushort)group);
        }

        return rows;
    }

    [Fact]
    public void A_client_and_a_server_complete_a_handshake()
    {
        using var pair = new HandshakePair().Run();

        pair.AssertComplete();
        Assert.Equal("h3"u8, pair.Client.ApplicationProtocol.Span);
        Assert.Equal("h3"u8, pair.Server.ApplicationProtocol.Span);
        Assert.Equal("peregrine.test", pair.Server.ServerName);
        Assert.Equal("peregrine.test", pair.Client.ServerName);
        Assert.Equal(HandshakePair.Ed25519Credential.Chain[0], Assert.Single(pair.Client.PeerCertificates).ToArray());
        // What both prefer.
        Assert.Equal(NamedGroup.X25519MLKem768, pair.Client.Group);
        Assert.Equal(CipherSuite.Aes128GcmSha256, pair.Server.Suite);
    }

    [Theory]
    [MemberData(nameof(SuitesAndGroups))]
    public void Every_suite_works_with_every_group(ushort suiteNumber, ushort groupNumber)
    {
        var (suite, group) = ((CipherSuite)suiteNumber, (NamedGroup)groupNumber);
        var client = new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], CipherSuites = [suite], Groups = [group], KeyShares = [group] };
        using var pair = new HandshakePair(client).Run();

        pair.AssertComplete();
        Assert.Equal((suite, group), (pair.Client.Suite, pair.Client.Group));
        Assert.Equal((suite, group), (pair.Server.Suite, pair.Server.Group));
        Assert.All(
            pair.ClientEvents.Where(e => e.Kind is TlsEventKind.InstallReadSecret or TlsEventKind.InstallWriteSecret),
            e => Assert.Equal((suite, CipherSuites.HashLength(suite)), (e.Suite, e.Data.Length)));
    }

    [Fact]
    public void The_server_s_order_decides_the_suite_and_the_group()
    {
        var server = new TlsServerSettings
        {
            ApplicationProtocols = [HandshakePair.H3],
            Credential = HandshakePair.Ed25519Credential,
            CipherSuites = [CipherSuite.ChaCha20Poly1305Sha256, CipherSuite.Aes128GcmSha256],
            Groups = [NamedGroup.X25519, NamedGroup.X25519MLKem768],
        };
        using var pair = new HandshakePair(server: server).Run();

        pair.AssertComplete();
        Assert.Equal(CipherSuite.ChaCha20Poly1305Sha256, pair.Client.Suite);
        Assert.Equal(NamedGroup.X25519, pair.Client.Group);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Messages_cut_into_pieces_make_the_same_handshake(int chunkLength) // robustness T3
    {
        using var whole = new HandshakePair().Run();
        using var cut = new HandshakePair { ChunkLength = chunkLength }.Run();

        cut.AssertComplete();
        AssertSameEvents(whole.ClientEvents, cut.ClientEvents);
        AssertSameEvents(whole.ServerEvents, cut.ServerEvents);
    }

    [Fact]
    public void The_same_seeds_make_the_same_bytes()
    {
        using var first = new HandshakePair().Run();
        using var second = new HandshakePair().Run();
        using var other = new HandshakePair(clientCryptography: new TlsCryptography(new SeededRandom(99))).Run();

        AssertSameEvents(first.ClientEvents, second.ClientEvents);
        AssertSameEvents(first.ServerEvents, second.ServerEvents);
        Assert.NotEqual(first.ClientEvents[0].Data.ToArray(), other.ClientEvents[0].Data.ToArray());
    }

    [Fact]
    public void A_server_reports_and_installs_in_the_order_of_RFC_9001() // RFC 9001 §4.1.4, figure 5
    {
        using var pair = new HandshakePair().Run();

        Assert.Equal(
            [
                (TlsEventKind.PeerTransportParameters, EncryptionLevel.Initial),
                (TlsEventKind.WriteBytes, EncryptionLevel.Initial),
                (TlsEventKind.InstallWriteSecret, EncryptionLevel.Handshake),
                (TlsEventKind.InstallReadSecret, EncryptionLevel.Handshake),
                (TlsEventKind.WriteBytes, EncryptionLevel.Handshake),
                (TlsEventKind.InstallWriteSecret, EncryptionLevel.Application), // 0.5-RTT
                (TlsEventKind.InstallReadSecret, EncryptionLevel.Application),
                (TlsEventKind.Complete, EncryptionLevel.Application),
            ],
            pair.ServerEvents.Select(e => (e.Kind, e.Level)));
    }

    [Fact]
    public void A_server_does_not_read_application_data_before_the_client_s_Finished() // RFC 9001 §5.7
    {
        using var pair = new HandshakePair { OnTheWay = (from, level, m) => from is TlsClient && level == EncryptionLevel.Handshake ? [] : m }.Run();

        Assert.Equal(TlsState.Complete, pair.Client.State);
        Assert.Equal(TlsState.Handshaking, pair.Server.State);
        Assert.Contains(pair.ServerEvents, e => e is { Kind: TlsEventKind.InstallWriteSecret, Level: EncryptionLevel.Application });
        Assert.DoesNotContain(pair.ServerEvents, e => e is { Kind: TlsEventKind.InstallReadSecret, Level: EncryptionLevel.Application });
        Assert.False(pair.Server.TryExportKeyingMaterial("EXPORTER-x"u8, default, new byte[16]));
    }

    [Fact]
    public void A_client_reports_and_installs_in_the_order_of_RFC_9001() // RFC 9001 §4.1.4, figure 5
    {
        using var pair = new HandshakePair().Run();

        Assert.Equal(
            [
                (TlsEventKind.WriteBytes, EncryptionLevel.Initial),
                (TlsEventKind.InstallReadSecret, EncryptionLevel.Handshake),
                (TlsEventKind.InstallWriteSecret, EncryptionLevel.Handshake),
                (TlsEventKind.PeerTransportParameters, EncryptionLevel.Handshake),
                (TlsEventKind.WriteBytes, EncryptionLevel.Handshake),
                (TlsEventKind.InstallWriteSecret, EncryptionLevel.Application),
                (TlsEventKind.InstallReadSecret, EncryptionLevel.Application),
                (TlsEventKind.Complete, EncryptionLevel.Application),
            ],
            pair.ClientEvents.Select(e => (e.Kind, e.Level)));
    }

    [Fact]
    public void Transport_parameters_reach_the_other_side_untouched() // RFC 9001 §8.2
    {
        using var pair = new HandshakePair().Run();

        Assert.Equal(HandshakePair.ClientParameters, Assert.Single(pair.ServerEvents, e => e.Kind == TlsEventKind.PeerTransportParameters).Data.ToArray());
        Assert.Equal(HandshakePair.ServerParameters, Assert.Single(pair.ClientEvents, e => e.Kind == TlsEventKind.PeerTransportParameters).Data.ToArray());
    }

    [Fact]
    public void The_server_chooses_the_application_protocol_by_its_own_order()
    {
        var client = new TlsClientSettings { ApplicationProtocols = ["a"u8.ToArray(), "b"u8.ToArray(), "c"u8.ToArray()] };
        var server = new TlsServerSettings { ApplicationProtocols = ["x"u8.ToArray(), "c"u8.ToArray(), "b"u8.ToArray()], Credential = HandshakePair.Ed25519Credential };
        using var pair = new HandshakePair(client, server).Run();

        pair.AssertComplete();
        Assert.Equal("c"u8, pair.Client.ApplicationProtocol.Span);
        Assert.Equal("c"u8, pair.Server.ApplicationProtocol.Span);
    }

    [Fact]
    public void Without_a_common_application_protocol_the_server_refuses() // RFC 9001 §8.1
    {
        var client = new TlsClientSettings { ApplicationProtocols = ["h2"u8.ToArray()] };
        using var pair = new HandshakePair(client).Run();

        Assert.Equal(TlsAlert.NoApplicationProtocol, pair.Server.Failure!.Alert);
        Assert.Equal(0x178UL, pair.Server.Failure.QuicErrorCode);
    }

    [Theory]
    [InlineData("Example.TEST", "example.test")]
    [InlineData("a-b.c_d.test", "a-b.c_d.test")]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("[::1]", null)]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("no spaces", null)]
    public void Only_host_names_are_sent_as_server_name(string? host, string? expected) // RFC 6066 §3
    {
        using var pair = new HandshakePair(new TlsClientSettings { ServerName = host, ApplicationProtocols = [HandshakePair.H3] }).Run();

        pair.AssertComplete();
        Assert.Equal(expected, pair.Server.ServerName);
    }

    [Fact]
    public void The_server_s_driver_sees_what_the_client_offers()
    {
        using var pair = new HandshakePair();
        Assert.True(pair.Client.TryTakeEvent(out var hello));
        pair.Server.Receive(EncryptionLevel.Initial, hello.Data.Span);

        Assert.Equal(TlsState.NeedsServerOptions, pair.Server.State);
        var info = pair.Server.ClientHello;
        Assert.Equal("peregrine.test", info.ServerName);
        Assert.Equal("h3"u8, Assert.Single(info.ApplicationProtocols).Span);
        Assert.Equal([0x1301, 0x1302, 0x1303], info.CipherSuites);
        Assert.Equal([0x11ec, 0x1d, 0x17, 0x18], info.Groups);
        Assert.Contains((ushort)0x0403, info.SignatureSchemes);
    }

    [Fact]
    public void A_server_s_driver_can_refuse()
    {
        using var pair = new HandshakePair();
        Assert.True(pair.Client.TryTakeEvent(out var hello));
        pair.Server.Receive(EncryptionLevel.Initial, hello.Data.Span);
        pair.Server.Refuse(new TlsFailure(TlsAlert.UnrecognizedName, "Nobody here has that name."));

        Assert.Equal(TlsState.Failed, pair.Server.State);
        Assert.Equal(TlsAlert.UnrecognizedName, pair.Server.Failure!.Alert);
        Assert.False(pair.Server.TryTakeEvent(out _));
        // Too late, and harmless.
        pair.Server.ProvideServerOptions(HandshakePair.DefaultServer(), default);
        Assert.Equal(TlsState.Failed, pair.Server.State);
    }

    [Fact]
    public void A_client_asked_for_a_certificate_answers_that_it_has_none() // RFC 8446 §4.4.2
    {
        // context "", extensions { signature_algorithms: 0403 }, put into the server's flight by hand: the transcripts then differ, which
        // is
        // why this looks at the client alone, with the server's Finished made anew.
        using var server = new ScriptedServer { CertificateRequest = [13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3] };
        var flight = server.Run(HandshakePair.DefaultClient());

        Assert.Null(server.Client.Failure);
        Assert.Equal(TlsState.Complete, server.Client.State);
        var answers = HandshakePair.Messages(flight).ToArray();
        Assert.Equal([11, 0, 0, 4, 0, 0, 0, 0], answers[0]);
        Assert.Equal((byte)HandshakeType.Finished, answers[1][0]);
        Assert.Null(server.CheckClientFinished(answers[0], answers[1]));
    }

    [Fact]
    public void Exported_keys_agree_and_depend_on_label_and_context() // RFC 8446 §7.5
    {
        using var pair = new HandshakePair().Run();

        var ours = Export(pair.Client, "EXPORTER-WebTransport", "one");
        Assert.Equal(ours, Export(pair.Server, "EXPORTER-WebTransport", "one"));
        Assert.NotEqual(ours, Export(pair.Client, "EXPORTER-WebTransport", "two"));
        Assert.NotEqual(ours, Export(pair.Client, "EXPORTER-Something", "one"));
        Assert.False(pair.Client.TryExportKeyingMaterial(new byte[250], default, new byte[32]));
        Assert.False(pair.Client.TryExportKeyingMaterial("EXPORTER-x"u8, default, new byte[255 * 32 + 1]));
    }

    [Fact]
    public void The_key_log_is_written_only_when_asked_for() // robustness T13
    {
        using var silent = new HandshakePair().Run();
        Assert.Empty(HandshakePair.Lines(silent.ClientEvents));
        Assert.Empty(HandshakePair.Lines(silent.ServerEvents));

        using var pair = new HandshakePair(
            new TlsClientSettings { ApplicationProtocols = [HandshakePair.H3], KeyLog = true },
            new TlsServerSettings { ApplicationProtocols = [HandshakePair.H3], Credential = HandshakePair.Ed25519Credential, KeyLog = true }).Run();
        pair.AssertComplete();
        var lines = HandshakePair.Lines(pair.ClientEvents).ToArray();
        Assert.Equal(string.Join('\n', lines), string.Join('\n', HandshakePair.Lines(pair.ServerEvents)));
        Assert.Equal(
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET,SERVER_HANDSHAKE_TRAFFIC_SECRET,CLIENT_TRAFFIC_SECRET_0,SERVER_TRAFFIC_SECRET_0,EXPORTER_SECRET",
            string.Join(',', lines.Select(line => line.Split(' ')[0])));
        var random = Convert.ToHexStringLower(pair.ClientEvents[0].Data.Span.Slice(6, 32));
        Assert.All(lines, line => Assert.Equal(random, line.Split(' ')[1]));
        var secret = HandshakePair.Secret(pair.ClientEvents, TlsEventKind.InstallWriteSecret, EncryptionLevel.Application);
        Assert.Contains($"CLIENT_TRAFFIC_SECRET_0 {random} {Convert.ToHexStringLower(secret)}", lines, StringComparer.Ordinal);
    }

    private static byte[] Export(TlsHandshake handshake, string label, string context)
    {
        var output = new byte[48];
        Assert.True(handshake.TryExportKeyingMaterial(Encoding.ASCII.GetBytes(label), Encoding.ASCII.GetBytes(context), output));
        return output;
    }

    private static void AssertSameEvents(List<TlsEvent> expected, List<TlsEvent> actual) => Assert.Equal(
        expected.Select(e => (e.Kind, e.Level, e.Suite, Convert.ToHexString(e.Data.Span))),
        actual.Select(e => (e.Kind, e.Level, e.Suite, Convert.ToHexString(e.Data.Span))));
}
