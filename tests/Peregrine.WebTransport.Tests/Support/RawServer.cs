using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>A server for one client at a time that speaks HTTP/3 properly and WebTransport as the test wants it.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly QuicListener _listener;
    private readonly X509Certificate2 _certificate;
    private readonly Http3ConnectionOptions _options = new();

    private RawServer(QuicListener listener, X509Certificate2 certificate, (ulong Id, ulong Value)[] settings)
    {
        _listener = listener;
        _certificate = certificate;
        foreach (var (id, value) in settings)
            _options.Extensions.AddSetting(id, value);
    }

    public Uri Address => new($"https://127.0.0.1:{_listener.LocalEndPoint.Port}/path");

    public WebTransportClientOptions ClientOptions => new() { ServerCertificateHashes = { WebTransportCertificate.Hash(_certificate) } };

    public static async Task<RawServer> StartAsync(params (ulong Id, ulong Value)[] settings)
    {
        var certificate = WebTransportCertificate.CreateSelfSigned();
        var connection = new QuicServerConnectionOptions
        {
            ServerAuthenticationOptions = new SslServerAuthenticationOptions
            {
                ServerCertificate = certificate,
                ApplicationProtocols = [SslApplicationProtocol.Http3],
            },
            DefaultStreamErrorCode = (long)Http3ErrorCode.RequestCancelled,
            DefaultCloseErrorCode = (long)Http3ErrorCode.NoError,
        };
        var listener = await QuicListener.ListenAsync(new QuicListenerOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            ApplicationProtocols = [SslApplicationProtocol.Http3],
            ConnectionOptionsCallback = (_, _, _) => ValueTask.FromResult(connection),
        }).Soon();
        return new RawServer(listener, certificate, settings);
    }

    public async Task<Http3ServerConnection> AcceptAsync() => new(await _listener.AcceptConnectionAsync().Soon(), _options);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().Soon();
        _certificate.Dispose();
    }
}
