using System.Net.Security;

namespace Peregrine.Quic;

/// <summary>How the server treats one incoming connection; the listener's options callback chooses it by the ClientHello.</summary>
public sealed class QuicServerConnectionOptions : QuicConnectionOptions
{
    /// <summary>
    /// TLS: <c>ServerCertificate</c>, <c>ServerCertificateContext</c> or <c>ServerCertificateSelectionCallback</c>, and
    /// <c>ApplicationProtocols</c> (else the listener's); what QUIC cannot honour is refused when the connection begins.
    /// </summary>
    public required SslServerAuthenticationOptions ServerAuthenticationOptions { get; set; }

    /// <summary>
    /// Whether the client's order of cipher suites and key exchange groups decides among those that both ends have, and not this server's
    /// (AES-128, AES-256, ChaCha20; X25519MLKEM768, X25519, P-256, P-384). False by default: servers have instructions for AES and
    /// handle it fastest, and their order cannot be worsened by a client's poor one. True does phones a favour whose processors have none:
    /// they list ChaCha20 first, which is several times cheaper for them and a little dearer here. All of them protect the data alike.
    /// </summary>
    public bool PreferClientOrder { get; set; }

    /// <summary>
    /// Whether a client that supports X25519MLKEM768, but sent no key for it in its first message, is asked for one (RFC 8446 §4.1.4). It
    /// costs such a client one more round trip, and makes what is said safe from those who record it now and have a quantum computer
    /// later. True by default: today's browsers send that key at once and lose nothing. False takes the best key that came.
    /// </summary>
    public bool RetryForPostQuantum { get; set; } = true;

    /// <summary>
    /// Checks the options, and that the private key of <c>ServerCertificate</c> or <c>ServerCertificateContext</c> can sign a handshake; it
    /// makes one signature. What <c>ServerCertificateSelectionCallback</c> will choose is not known here.
    /// </summary>
    /// <exception cref="ArgumentException">An option is out of its range or cannot be honoured; the message says how to mend
    /// it.</exception>
    public override void Validate()
    {
        base.Validate();
        ArgumentNullException.ThrowIfNull(ServerAuthenticationOptions);
        ServerTls.Check(ServerAuthenticationOptions);
    }
}
