namespace Peregrine.Tls.Tests;

/// <summary>How long secrets live in memory.</summary>
public sealed class SecretTests
{
    [Fact]
    [Trait("Review", "U12")]
    public void A_secret_is_wiped_when_the_next_event_is_taken()
    {
        using var pair = new HandshakePair();
        var lent = new List<ReadOnlyMemory<byte>>();
        TakeAll(pair.Client, pair.Server, lent);
        pair.Server.ProvideServerOptions(pair.ServerSettings, HandshakePair.ServerParameters);
        TakeAll(pair.Server, pair.Client, lent);
        pair.Client.ProvideCertificateVerdict(null);
        TakeAll(pair.Client, pair.Server, lent);
        TakeAll(pair.Server, pair.Client, lent);

        Assert.Equal(TlsState.Complete, pair.Server.State);
        Assert.Equal(8, lent.Count);
        Assert.All(lent, secret => Assert.False(secret.Span.ContainsAnyExcept((byte)0), "A traffic secret is left in its event."));
    }

    [Fact]
    [Trait("Review", "U12")]
    public void The_secrets_of_a_failed_handshake_are_wiped() // RFC 8446 §6.2
    {
        using var pair = new HandshakePair();
        TakeAll(pair.Client, pair.Server, []);
        pair.Server.ProvideServerOptions(pair.ServerSettings, HandshakePair.ServerParameters);
        var waiting = SecretsIn(pair.Server);
        Assert.Equal(3, waiting.Count);
        pair.Server.Receive(EncryptionLevel.Handshake, [20, 0, 0, 1, 0]);

        Assert.Equal(TlsState.Failed, pair.Server.State);
        Assert.All(waiting, secret => Assert.False(secret.Span.ContainsAnyExcept((byte)0), "A secret outlived its handshake."));
    }

    [Fact]
    [Trait("Review", "U12")]
    public void The_first_traffic_secrets_are_forgotten_when_the_handshake_is_complete()
    {
        using var pair = new HandshakePair().Run();
        pair.AssertComplete();
        var secrets = new[] { TlsEventKind.InstallReadSecret, TlsEventKind.InstallWriteSecret }
            .SelectMany(kind => new[] { EncryptionLevel.Handshake, EncryptionLevel.Application }
                .Select(level => HandshakePair.Secret(pair.ClientEvents, kind, level)))
            .ToArray();

        foreach (TlsHandshake end in new TlsHandshake[] { pair.Client, pair.Server })
        {
            Assert.True(end.TryExportKeyingMaterial("EXPORTER-x"u8, default, new byte[16]));
            var reachable = new ReachableBytes(end);
            Assert.True(reachable.Count > 0);
            Assert.All(secrets, secret => Assert.False(reachable.Contain(secret), $"{end.GetType().Name} still holds a traffic secret."));
        }
    }

    [Fact]
    [Trait("Review", "U11")]
    public void Nothing_is_exported_after_the_end()
    {
        var pair = new HandshakePair().Run();
        pair.AssertComplete();
        pair.Dispose();

        var output = new byte[32];
        Assert.False(pair.Client.TryExportKeyingMaterial("EXPORTER-x"u8, default, output));
        Assert.False(pair.Server.TryExportKeyingMaterial("EXPORTER-x"u8, default, output));
        Assert.Equal(new byte[32], output);
    }

    [Fact]
    [Trait("Review", "U9")]
    public void What_a_client_offered_is_dropped_when_the_handshake_is_complete()
    {
        using var pair = new HandshakePair();
        TakeAll(pair.Client, pair.Server, []);
        Assert.True(pair.Server.HasClientHello);
        var offered = pair.Server.ClientHello.ApplicationProtocols[0].ToArray();
        Assert.True(new ReachableBytes(pair.Server).Contain(HandshakePair.ClientParameters));
        pair.Run().AssertComplete();

        Assert.False(pair.Server.HasClientHello);
        Assert.Equal("h3"u8, offered);
        var reachable = new ReachableBytes(pair.Server);
        Assert.True(reachable.Longest < 256, $"The server keeps an array of {reachable.Longest} bytes.");
    }

    private static void TakeAll(TlsHandshake from, TlsHandshake to, List<ReadOnlyMemory<byte>> lent)
    {
        while (from.TryTakeEvent(out var e))
        {
            if (e.IsSecret)
            {
                Assert.True(e.Data.Span.ContainsAnyExcept((byte)0));
                lent.Add(e.Data);
            }

            if (e.Kind == TlsEventKind.WriteBytes)
                to.Receive(e.Level, e.Data.Span);
        }
    }

    // The queue as it stands, without taking from it.
    private static List<ReadOnlyMemory<byte>> SecretsIn(TlsHandshake handshake)
    {
        var field = typeof(TlsHandshake).GetField("_events", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic);
        var events = Assert.IsType<Queue<TlsEvent>>(field!.GetValue(handshake));
        return [.. events.Where(e => e.IsSecret).Select(e => e.Data)];
    }
}
