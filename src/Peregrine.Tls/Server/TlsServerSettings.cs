namespace Peregrine.Tls;

/// <summary>What a server allows for one ClientHello. Read only while the handshake runs; one instance may serve many handshakes.</summary>
internal sealed class TlsServerSettings
{
    /// <summary>The ALPN names spoken here. The first one that the client offers too is chosen.</summary>
    public required IReadOnlyList<byte[]> ApplicationProtocols { get; init; }

    public required ServerCredential Credential { get; init; }

    /// <summary>The first one that the client offers too is chosen.</summary>
    public IReadOnlyList<CipherSuite> CipherSuites { get; init; } =
        [CipherSuite.Aes128GcmSha256, CipherSuite.Aes256GcmSha384, CipherSuite.ChaCha20Poly1305Sha256];

    /// <summary>
    /// The first one with a share of the client's is chosen; when none has one, the first that the client supports is asked for.
    /// </summary>
    public IReadOnlyList<NamedGroup> Groups { get; init; } = NamedGroups.Default;

    /// <summary>Whether <see cref="TlsEventKind.KeyLogLine"/> events are made. They give away the connection's secrets.</summary>
    public bool KeyLog { get; init; }
}
