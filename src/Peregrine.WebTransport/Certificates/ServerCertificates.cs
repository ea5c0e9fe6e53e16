using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>
/// What a listener shows its clients: one certificate, which can be replaced while it listens, or what a callback chooses for each
/// connection. Connections under way keep what they began with. Any thread may call.
/// </summary>
internal sealed class ServerCertificates
{
    private readonly WebTransportListenerOptions _options;
    private readonly Func<string, CancellationToken, ValueTask<SslStreamCertificateContext>>? _callback;
    private volatile QuicServerConnectionOptions? _fixed;

    public ServerCertificates(WebTransportListenerOptions options)
    {
        _options = options;
        _callback = options.ServerCertificateCallback;
        if (options.ServerCertificate is { } certificate)
            Use(certificate);
        else if (options.ServerCertificateContext is { } context)
            Use(context);
    }

    /// <summary>The options of a connection whose ClientHello asks for this name, which may be empty.</summary>
    public ValueTask<QuicServerConnectionOptions> ChooseAsync(string serverName, CancellationToken cancellationToken) =>
        _fixed is { } options ? new(options) : AskAsync(serverName, cancellationToken);

    public void Use(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasPrivateKey)
        {
            throw new ArgumentException(
                "The certificate has no private key; load it from a PFX file, or with "
                    + "X509Certificate2.CreateFromPemFile(certificate, key).",
                nameof(certificate));
        }

        Replace(new SslServerAuthenticationOptions { ServerCertificate = certificate });
    }

    public void Use(SslStreamCertificateContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Replace(new SslServerAuthenticationOptions { ServerCertificateContext = context });
    }

    private void Replace(SslServerAuthenticationOptions tls)
    {
        if (_callback is not null)
        {
            throw new InvalidOperationException(
                "The listener asks ServerCertificateCallback for every connection; let the callback return the new certificate.");
        }

        var options = Create(tls);
        options.Validate();
        _fixed = options;
    }

    private async ValueTask<QuicServerConnectionOptions> AskAsync(string serverName, CancellationToken cancellationToken)
    {
        var context = await _callback!(serverName, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException("ServerCertificateCallback returned null; return a certificate, or throw to refuse.");
        return Create(new SslServerAuthenticationOptions { ServerCertificateContext = context });
    }

    private QuicServerConnectionOptions Create(SslServerAuthenticationOptions tls)
    {
        tls.ApplicationProtocols = [SslApplicationProtocol.Http3];
        var connection = new QuicServerConnectionOptions { ServerAuthenticationOptions = tls };
        TransportOptions.Apply(_options, connection, _options.MaxSessionsPerConnection);
        return connection;
    }
}
