using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>
/// A server's TLS options in the terms of our TLS. Chains are built once for each certificate object, since that takes milliseconds.
/// </summary>
internal static class ServerTls
{
    private static readonly ConditionalWeakTable<SslStreamCertificateContext, ServerCredential> ByContext = [];
    private static readonly ConditionalWeakTable<X509Certificate2, ServerCredential> ByCertificate = [];

    /// <exception cref="ArgumentException">An option cannot be honoured; the message says how to mend it.</exception>
    public static TlsServerSettings Create(
        SslServerAuthenticationOptions tls, IList<SslApplicationProtocol> listenerProtocols, string serverName, object sender, bool keyLog)
    {
        Refuse(tls);
        var protocols = TlsRefusals.Protocols(tls.ApplicationProtocols is { Count: > 0 } own ? own : listenerProtocols);
        var credential = CredentialOf(tls, serverName, sender);
        return TlsRefusals.Suites(tls.CipherSuitesPolicy, "ServerAuthenticationOptions.CipherSuitesPolicy") is { } suites
            ? new TlsServerSettings { ApplicationProtocols = protocols, Credential = credential, KeyLog = keyLog, CipherSuites = suites }
            : new TlsServerSettings { ApplicationProtocols = protocols, Credential = credential, KeyLog = keyLog };
    }

    private static void Refuse(SslServerAuthenticationOptions tls)
    {
        const string Prefix = "ServerAuthenticationOptions.";
        if (tls.ClientCertificateRequired)
            throw new ArgumentException($"{Prefix}ClientCertificateRequired: client certificates are not supported; set it to false.");
        TlsRefusals.CheckProtocols(tls.EnabledSslProtocols, Prefix + "EnabledSslProtocols");
        TlsRefusals.CheckEncryption(tls.EncryptionPolicy, Prefix + "EncryptionPolicy");
    }

    // The order of SslStream: the callback, then the context, then the certificate.
    private static ServerCredential CredentialOf(SslServerAuthenticationOptions tls, string serverName, object sender)
    {
        if (tls.ServerCertificateSelectionCallback is { } select)
        {
            var selected = select(sender, serverName)
                ?? throw new ArgumentException("ServerAuthenticationOptions.ServerCertificateSelectionCallback returned no certificate.");
            return CredentialOf(selected);
        }

        if (tls.ServerCertificateContext is { } context)
            return ByContext.GetValue(context, ServerCredential.From);
        return CredentialOf(tls.ServerCertificate
            ?? throw new ArgumentException(
                "ServerAuthenticationOptions has no certificate; set ServerCertificate or ServerCertificateContext."));
    }

    private static ServerCredential CredentialOf(X509Certificate certificate)
    {
        if (certificate is not X509Certificate2 { HasPrivateKey: true } usable)
            throw new ArgumentException("The server's certificate must be an X509Certificate2 with its private key.");
        return ByCertificate.GetValue(
            usable,
            static key => ServerCredential.From(SslStreamCertificateContext.Create(key, additionalCertificates: null, offline: true)));
    }
}
