namespace Peregrine.Tls.Tests;

/// <summary>
/// Seeded mutations of every message in every state. Whatever comes, nothing throws: the handshake fails, or waits, or (when the mutation
/// touched
/// nothing that matters) goes on.
/// </summary>
public sealed class MutationTests
{
    private const int RunsPerTest = 5_000;

    private static readonly ServerCredential[] Credentials =
        [HandshakePair.Ed25519Credential, TestCertificates.Credential(SignatureKeyKind.EcdsaP256), TestCertificates.Credential(SignatureKeyKind.RsaEncryption)];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void A_client_stands_any_server(int seed, bool retried) => Run(seed, retried, mutatesServer: true);

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void A_server_stands_any_client(int seed, bool retried) => Run(seed, retried, mutatesServer: false);

    private static void Run(int seed, bool retried, bool mutatesServer)
    {
        var outcomes = new Dictionary<TlsState, int>();
        for (var run = 0; run < RunsPerTest; run++)
        {
            var random = new Random(seed * 1_000_000 + run);
            var target = random.Next(mutatesServer ? 6 : 3);
            var count = 0;
            var client = new TlsClientSettings
            {
                ServerName = "peregrine.test",
                ApplicationProtocols = [HandshakePair.H3],
                Groups = [NamedGroup.X25519, NamedGroup.Secp256r1],
                KeyShares = [NamedGroup.X25519],
            };
            var server = new TlsServerSettings
            {
                ApplicationProtocols = [HandshakePair.H3],
                Credential = Credentials[run % 30 == 0 ? 1 + run / 30 % 2 : 0],
                Groups = [retried ? NamedGroup.Secp256r1 : NamedGroup.X25519],
            };
            using var pair = new HandshakePair(client, server)
            {
                ChunkLength = random.Next(3) == 0 ? 1 + random.Next(40) : int.MaxValue,
                OnTheWay = (from, _, message) => from is TlsServer == mutatesServer && count++ == target ? Mutate(message, random) : message,
            };

            try
            {
                pair.Run();
                TlsHandshake victim = mutatesServer ? pair.Client : pair.Server;
                Assert.Equal(victim.State == TlsState.Failed, victim.Failure is not null);
                outcomes[victim.State] = outcomes.GetValueOrDefault(victim.State) + 1;

                // After the handshake too.
                if (pair.Client.State == TlsState.Complete)
                    pair.Client.Receive(EncryptionLevel.Application, Mutate(HelloBuilder.Message(4, [0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 2, 5, 6, 0, 0]), random));
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {seed}, run {run}, message {target}: {e}");
            }
        }

        // The mutations must be neither too tame nor too wild to reach anything.
        Assert.True(outcomes.GetValueOrDefault(TlsState.Failed) > RunsPerTest / 4);
    }

    private static byte[] Mutate(byte[] message, Random random)
    {
        var bytes = message.ToList();
        var mutations = 1 + random.Next(3);
        for (var i = 0; i < mutations && bytes.Count > 0; i++)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xff;
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(8)));
                    break;
                case 4:
                    bytes.InsertRange(at, Enumerable.Range(0, 1 + random.Next(8)).Select(_ => (byte)random.Next(256)));
                    break;
                case 5: // a slice again: duplicate extensions, shares and entries
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.Next(60))));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        // Mostly with a length that fits, so that the parsers behind it are reached.
        if (bytes.Count >= 4 && random.Next(4) != 0)
        {
            var length = bytes.Count - 4;
            (bytes[1], bytes[2], bytes[3]) = ((byte)(length >> 16), (byte)((length >> 8) & 0xff), (byte)(length & 0xff));
        }

        return [.. bytes];
    }
}
