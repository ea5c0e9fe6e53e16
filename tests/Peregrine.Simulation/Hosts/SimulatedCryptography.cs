using Peregrine.Tls;

namespace Peregrine.Simulation;

/// <summary>Certificates and TLS settings whose every byte follows from the seed: X25519 and Ed25519 only.</summary>
internal static class SimulatedCryptography
{
    public const string ServerName = "peregrine.test";

    private static readonly byte[] Protocol = "sim"u8.ToArray();

    public static TlsServerSettings Server(SeededRandom random)
    {
        var seed = new byte[Ed25519Signer.SeedLength];
        random.Fill(seed);
        var signer = new Ed25519Signer(seed);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var certificate = Ed25519Certificate.SelfSigned(signer, ServerName, start, start.AddDays(13));
        return new TlsServerSettings { ApplicationProtocols = [Protocol], Credential = new ServerCredential([certificate], signer), Groups = [NamedGroup.X25519, NamedGroup.X25519MLKem768] };
    }

    public static TlsClientSettings Client() => new()
    {
        ServerName = ServerName,
        ApplicationProtocols = [Protocol],
        Groups = [NamedGroup.X25519],
        KeyShares = [NamedGroup.X25519],
    };
}
