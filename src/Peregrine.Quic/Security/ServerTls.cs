using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>
/// A server's TLS options in the terms of our TLS. Chains are built, and keys tried, once for each certificate object, since that takes
/// milliseconds.
/// </summary>
internal static class ServerTls
{
    private const string Prefix = "ServerAuthenticationOptions.";

    private static readonly ConditionalWeakTable<SslStreamCertificateContext, ServerCredential> ByContext = [];
    private static readonly ConditionalWeakTable<X509Certificate2, ServerCredential> ByCertificate = [];

    /// <summary>Options must have been checked.</summary>
    /// <exception cref="ArgumentException">The certificate that a callback chose cannot be used; the message says why.</exception>
    public static TlsServerSettings Create(
        QuicServerConnectionOptions options, IList<SslApplicationProtocol> listenerProtocols, string serverName, object sender)
    {
        var tls = options.ServerAuthenticationOptions;
        var offered = new TlsServerSettings
        {
            ApplicationProtocols = TlsRefusals.Protocols(tls.ApplicationProtocols is { Count: > 0 } own ? own : listenerProtocols),
            Credential = CredentialOf(tls, serverName, sender),
            KeyLog = options.KeyLog is not null,
            PreferClientOrder = options.PreferClientOrder,
            RetryForPostQuantum = options.RetryForPostQuantum,
        };
        return TlsRefusals.Suites(tls.CipherSuitesPolicy, Prefix + "CipherSuitesPolicy") is { } suites
            ? new TlsServerSettings
            {
                ApplicationProtocols = offered.ApplicationProtocols,
                Credential = offered.Credential,
                KeyLog = offered.KeyLog,
                PreferClientOrder = offered.PreferClientOrder,
                RetryForPostQuantum = offered.RetryForPostQuantum,
                CipherSuites = suites,
            }
            : offered;
    }

    /// <exception cref="ArgumentException">An option cannot be honoured; the message says how to mend it.</exception>
    public static void Check(SslServerAuthenticationOptions tls)
    {
        if (tls.ClientCertificateRequired)
            throw new ArgumentException($"{Prefix}ClientCertificateRequired: client certificates are not supported; set it to false.");
        if (tls.RemoteCertificateValidationCallback is not null
            || tls.CertificateChainPolicy is not null
            || tls.CertificateRevocationCheckMode != X509RevocationMode.NoCheck)
        {
            throw new ArgumentException(
                $"{Prefix}RemoteCertificateValidationCallback, CertificateChainPolicy and CertificateRevocationCheckMode are for client "
                    + "certificates, which are not supported; leave them out.");
        }

        if (!tls.AllowRsaPssPadding)
        {
            throw new ArgumentException(
                $"{Prefix}AllowRsaPssPadding: TLS 1.3 signs with RSA keys in no other way (RFC 8446 §4.2.3); set it to true.");
        }

        if (tls.ApplicationProtocols is { Count: > 0 } protocols)
            TlsRefusals.CheckApplicationProtocols(protocols, Prefix + "ApplicationProtocols");
        TlsRefusals.CheckProtocols(tls.EnabledSslProtocols, Prefix + "EnabledSslProtocols");
        TlsRefusals.CheckEncryption(tls.EncryptionPolicy, Prefix + "EncryptionPolicy");
        _ = TlsRefusals.Suites(tls.CipherSuitesPolicy, Prefix + "CipherSuitesPolicy");
        if (tls.ServerCertificateSelectionCallback is null)
            _ = CredentialOf(tls);
    }

    // The order of SslStream: the callback, then the context, then the certificate.
    private static ServerCredential CredentialOf(SslServerAuthenticationOptions tls, string serverName, object sender)
    {
        if (tls.ServerCertificateSelectionCallback is not { } select)
            return CredentialOf(tls);
        var selected = select(sender, serverName)
            ?? throw new ArgumentException($"{Prefix}ServerCertificateSelectionCallback returned no certificate.");
        return CredentialOf(selected, "what ServerCertificateSelectionCallback returned");
    }

    private static ServerCredential CredentialOf(SslServerAuthenticationOptions tls)
    {
        if (tls.ServerCertificateContext is { } context)
            return ByContext.GetValue(context, static from => Tried(() => from, "ServerCertificateContext"));
        return CredentialOf(
            tls.ServerCertificate ?? throw new ArgumentException(
                "ServerAuthenticationOptions has no certificate; set ServerCertificate or ServerCertificateContext."),
            "ServerCertificate");
    }

    private static ServerCredential CredentialOf(X509Certificate certificate, string name)
    {
        if (certificate is not X509Certificate2 { HasPrivateKey: true } usable)
            throw new ArgumentException($"{Prefix}{name} must be an X509Certificate2 with its private key.");
        return ByCertificate.GetValue(
            usable,
            key => Tried(() => SslStreamCertificateContext.Create(key, additionalCertificates: null, offline: true), name));
    }

    private static ServerCredential Tried(Func<SslStreamCertificateContext> create, string name)
    {
        try
        {
            var context = create();
            if (ServerKey.WhyUnusable(context.TargetCertificate) is { } flaw)
                throw new ArgumentException($"{Prefix}{name} {flaw}");
            return ServerCredential.From(context);
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException or InvalidOperationException)
        {
            throw new ArgumentException($"{Prefix}{name} cannot be used: {e.Message}", e);
        }
    }
}
