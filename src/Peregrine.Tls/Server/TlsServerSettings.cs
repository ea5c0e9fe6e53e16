namespace Peregrine.Tls;

/// <summary>What a server allows for one ClientHello. Read only while the handshake runs; one instance may serve many handshakes.</summary>
internal sealed class TlsServerSettings
{
    /// <summary>The ALPN names spoken here. The first one that the client offers too is chosen.</summary>
    public required IReadOnlyList<byte[]> ApplicationProtocols { get; init; }

    public required ServerCredential Credential { get; init; }

    /// <summary>The first one that the client offers too is chosen, unless <see cref="PreferClientOrder"/>.</summary>
    public IReadOnlyList<CipherSuite> CipherSuites { get; init; } =
        [CipherSuite.Aes128GcmSha256, CipherSuite.Aes256GcmSha384, CipherSuite.ChaCha20Poly1305Sha256];

    /// <summary>
    /// The first one with a share of the client's is chosen, unless <see cref="PreferClientOrder"/> or <see cref="RetryForPostQuantum"/>;
    /// when none has one, the first that the client supports is asked for.
    /// </summary>
    public IReadOnlyList<NamedGroup> Groups { get; init; } = NamedGroups.Default;

    /// <summary>Among what both ends know, the client's order of cipher suites and groups decides in place of ours.</summary>
    public bool PreferClientOrder { get; init; }

    /// <summary>
    /// A post-quantum group that the client supports, and that comes before every group it sent a share for, is asked for with a
    /// HelloRetryRequest: a round trip for a key that a later quantum computer does not find.
    /// </summary>
    public bool RetryForPostQuantum { get; init; } = true;

    /// <summary>Whether <see cref="TlsEventKind.KeyLogLine"/> events are made. They give away the connection's secrets.</summary>
    public bool KeyLog { get; init; }
}
