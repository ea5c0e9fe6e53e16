using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Tls;

namespace Peregrine.Quic;

/// <summary>A client's TLS options in the terms of our TLS: what to offer, and how to judge the server's certificate.</summary>
internal sealed class ClientTls
{
    private readonly RemoteCertificateValidationCallback? _callback;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _hashes;
    private readonly CertificateTrust _trust;
    private readonly TimeProvider _timeProvider;

    /// <param name="options">Options that were validated.</param>
    public ClientTls(QuicClientConnectionOptions options)
    {
        var tls = options.ClientAuthenticationOptions;
        TargetHost = HostOf(tls.TargetHost, options.RemoteEndPoint);
        _callback = tls.RemoteCertificateValidationCallback;
        _hashes = [.. options.ServerCertificateHashes];
        _timeProvider = options.TimeProvider;
        _trust = new CertificateTrust { Policy = tls.CertificateChainPolicy?.Clone(), Revocation = tls.CertificateRevocationCheckMode };
        var offered = new TlsClientSettings
        {
            ServerName = TargetHost,
            ApplicationProtocols = TlsRefusals.Protocols(tls.ApplicationProtocols!),
            SignatureSchemes = TlsRefusals.Schemes(tls.AllowRsaPssPadding, tls.AllowRsaPkcs1Padding),
            KeyLog = options.KeyLog is not null,
        };
        Settings = TlsRefusals.Suites(tls.CipherSuitesPolicy, "ClientAuthenticationOptions.CipherSuitesPolicy") is { } suites
            ? new TlsClientSettings
            {
                ServerName = offered.ServerName,
                ApplicationProtocols = offered.ApplicationProtocols,
                SignatureSchemes = offered.SignatureSchemes,
                KeyLog = offered.KeyLog,
                CipherSuites = suites,
            }
            : offered;
    }

    public string TargetHost { get; }

    public TlsClientSettings Settings { get; }

    /// <summary>
    /// Null accepts the certificate. It may take long and runs the application's callback, so: on the thread pool, without locks.
    /// </summary>
    public TlsFailure? Verify(IReadOnlyList<ReadOnlyMemory<byte>> certificates, QuicConnection connection)
    {
        var now = _timeProvider.GetUtcNow();
        if (_hashes.Count > 0)
            return CertificateVerification.VerifyHash(certificates, _hashes, now);
        return _callback is null
            ? CertificateVerification.VerifyChain(certificates, TargetHost, now, _trust)
            : CertificateVerification.VerifyByCallback(certificates, TargetHost, now, _trust, _callback, connection);
    }

    /// <exception cref="ArgumentException">An option cannot be honoured; the message says how to mend it.</exception>
    public static void Check(SslClientAuthenticationOptions tls, bool usesHashes)
    {
        const string Prefix = "ClientAuthenticationOptions.";
        TlsRefusals.CheckApplicationProtocols(tls.ApplicationProtocols, Prefix + "ApplicationProtocols");
        CheckVerdict(tls, usesHashes, Prefix);

        if (tls.ClientCertificates is { Count: > 0 }
            || tls.ClientCertificateContext is not null
            || tls.LocalCertificateSelectionCallback is not null)
        {
            throw new ArgumentException(
                $"{Prefix}ClientCertificates: client certificates are not supported; leave them and their callback out.");
        }

        TlsRefusals.CheckProtocols(tls.EnabledSslProtocols, Prefix + "EnabledSslProtocols");
        TlsRefusals.CheckEncryption(tls.EncryptionPolicy, Prefix + "EncryptionPolicy");
        _ = TlsRefusals.Suites(tls.CipherSuitesPolicy, Prefix + "CipherSuitesPolicy");
    }

    // Each way of judging the server's certificate leaves no part to the others.
    private static void CheckVerdict(SslClientAuthenticationOptions tls, bool usesHashes, string prefix)
    {
        if (usesHashes && tls.RemoteCertificateValidationCallback is not null)
        {
            throw new ArgumentException(
                $"Set ServerCertificateHashes or {prefix}RemoteCertificateValidationCallback, not both: the hashes are the verdict.");
        }

        if (usesHashes && (tls.CertificateChainPolicy is not null || tls.CertificateRevocationCheckMode != X509RevocationMode.NoCheck))
        {
            throw new ArgumentException(
                $"Set ServerCertificateHashes or {prefix}CertificateChainPolicy and CertificateRevocationCheckMode, not both: "
                    + "no chain is built for a certificate that is trusted by its hash.");
        }

        if (tls.CertificateRevocationCheckMode == X509RevocationMode.Online)
        {
            throw new ArgumentException(
                $"{prefix}CertificateRevocationCheckMode: nothing is fetched while connecting; set it to NoCheck, or to Offline.");
        }

        if (tls.CertificateChainPolicy is not { } policy)
            return;
        if (policy.RevocationMode == X509RevocationMode.Online)
        {
            throw new ArgumentException(
                $"{prefix}CertificateChainPolicy.RevocationMode is Online, as it is by default, but nothing is fetched while connecting; "
                    + "set it to NoCheck, or to Offline.");
        }

        if (tls.CertificateRevocationCheckMode != X509RevocationMode.NoCheck && tls.CertificateRevocationCheckMode != policy.RevocationMode)
        {
            throw new ArgumentException(
                $"{prefix}CertificateRevocationCheckMode counts for nothing beside a CertificateChainPolicy; set the policy's RevocationMode.");
        }
    }

    // The name on the certificate: in its ASCII form, without the dot that ends an absolute name.
    private static string HostOf(string? targetHost, EndPoint remote)
    {
        var host = !string.IsNullOrEmpty(targetHost) ? targetHost : remote switch
        {
            DnsEndPoint dns => dns.Host,
            IPEndPoint ip => ip.Address.ToString(),
            _ => "",
        };
        host = host.Trim('[', ']');
        if (IPAddress.TryParse(host, out _))
            return host;
        host = host.TrimEnd('.');
        return IsAscii(host) ? host : new IdnMapping().GetAscii(host);
    }

    private static bool IsAscii(string host) => System.Text.Ascii.IsValid(host);
}
