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

    internal override void Validate()
    {
        base.Validate();
        ArgumentNullException.ThrowIfNull(ServerAuthenticationOptions);
    }
}
