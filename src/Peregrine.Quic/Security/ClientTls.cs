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

    /// <exception cref="ArgumentException">An option cannot be honoured; the message says how to mend it.</exception>
    public ClientTls(QuicClientConnectionOptions options)
    {
        var tls = options.ClientAuthenticationOptions;
        Refuse(tls);
        TargetHost = HostOf(tls.TargetHost, options.RemoteEndPoint);
        _callback = tls.RemoteCertificateValidationCallback;
        _hashes = [.. options.ServerCertificateHashes];
        _timeProvider = options.TimeProvider;
        _trust = new CertificateTrust { Policy = tls.CertificateChainPolicy?.Clone(), Revocation = tls.CertificateRevocationCheckMode };
        var offered = new TlsClientSettings
        {
            ServerName = TargetHost,
            ApplicationProtocols = TlsRefusals.Protocols(tls.ApplicationProtocols!),
            KeyLog = options.KeyLog is not null,
        };
        Settings = TlsRefusals.Suites(tls.CipherSuitesPolicy, "ClientAuthenticationOptions.CipherSuitesPolicy") is { } suites
            ? new TlsClientSettings
            {
                ServerName = offered.ServerName,
                ApplicationProtocols = offered.ApplicationProtocols,
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

    private static void Refuse(SslClientAuthenticationOptions tls)
    {
        const string Prefix = "ClientAuthenticationOptions.";
        if (tls.ApplicationProtocols is not { Count: > 0 })
        {
            throw new ArgumentException(
                $"{Prefix}ApplicationProtocols is empty; QUIC needs at least one, for instance SslApplicationProtocol.Http3.");
        }

        if (tls.ClientCertificates is { Count: > 0 }
            || tls.ClientCertificateContext is not null
            || tls.LocalCertificateSelectionCallback is not null)
        {
            throw new ArgumentException(
                $"{Prefix}ClientCertificates: client certificates are not supported; leave them and their callback out.");
        }

        if (tls.CertificateRevocationCheckMode == X509RevocationMode.Online
            || tls.CertificateChainPolicy?.RevocationMode == X509RevocationMode.Online)
        {
            throw new ArgumentException(
                $"{Prefix}CertificateRevocationCheckMode: nothing is fetched while connecting; set it to NoCheck, or to Offline.");
        }

        TlsRefusals.CheckProtocols(tls.EnabledSslProtocols, Prefix + "EnabledSslProtocols");
        TlsRefusals.CheckEncryption(tls.EncryptionPolicy, Prefix + "EncryptionPolicy");
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
