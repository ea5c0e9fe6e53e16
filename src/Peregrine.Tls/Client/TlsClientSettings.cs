namespace Peregrine.Tls;

/// <summary>What a client offers. Read only while the handshake runs; one instance may serve many handshakes.</summary>
internal sealed class TlsClientSettings
{
    /// <summary>The host name, in its ASCII form, or the IP literal that was dialled. Only a host name is sent.</summary>
    public string? ServerName { get; init; }

    /// <summary>The ALPN names offered, best first; at least one.</summary>
    public required IReadOnlyList<byte[]> ApplicationProtocols { get; init; }

    public IReadOnlyList<CipherSuite> CipherSuites { get; init; } =
        [CipherSuite.Aes128GcmSha256, CipherSuite.Aes256GcmSha384, CipherSuite.ChaCha20Poly1305Sha256];

    public IReadOnlyList<NamedGroup> Groups { get; init; } = NamedGroups.Default;

    /// <summary>The groups whose shares go into the first ClientHello; each must be in <see cref="Groups"/> too.</summary>
    public IReadOnlyList<NamedGroup> KeyShares { get; init; } = NamedGroups.DefaultShares;

    public IReadOnlyList<SignatureScheme> SignatureSchemes { get; init; } = Peregrine.Tls.SignatureSchemes.Default;

    /// <summary>Whether <see cref="TlsEventKind.KeyLogLine"/> events are made. They give away the connection's secrets.</summary>
    public bool KeyLog { get; init; }

    public bool SendsServerName => ServerName is not null && ServerNameExtension.MayBeSent(ServerName);
}
