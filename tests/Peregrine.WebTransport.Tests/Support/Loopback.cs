using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Peregrine.WebTransport.Tests;

/// <summary>A listener on 127.0.0.1 with a fresh certificate, and clients for it.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;

    private Loopback(WebTransportListener listener, X509Certificate2 certificate)
    {
        Listener = listener;
        _certificate = certificate;
    }

    public WebTransportListener Listener { get; }

    public byte[] Hash => WebTransportCertificate.Hash(_certificate);

    public int Port => Listener.LocalEndPoint.Port;

    public static async Task<Loopback> StartAsync(Action<WebTransportListenerOptions>? configure = null)
    {
        var certificate = WebTransportCertificate.CreateSelfSigned();
        var options = new WebTransportListenerOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            ServerCertificate = certificate,
        };
        configure?.Invoke(options);
        return new Loopback(await WebTransportListener.ListenAsync(options).Soon(), certificate);
    }

    public Uri Address(string path = "/") => new($"https://127.0.0.1:{Port}{path}");

    public WebTransportClientOptions ClientOptions(Action<WebTransportClientOptions>? configure = null)
    {
        var options = new WebTransportClientOptions { ServerCertificateHashes = { Hash } };
        configure?.Invoke(options);
        return options;
    }

    public Task<WebTransportSession> ConnectAsync(string path = "/", Action<WebTransportClientOptions>? configure = null) =>
        WebTransportClient.ConnectAsync(Address(path), ClientOptions(configure)).Soon();

    /// <summary>A session, from both sides.</summary>
    public async Task<SessionPair> ConnectPairAsync(string path = "/", Action<WebTransportClientOptions>? configure = null)
    {
        var connecting = ConnectAsync(path, configure);
        var request = await Listener.AcceptAsync().Soon();
        var server = await request.AcceptAsync().Soon();
        return new SessionPair(await connecting, server);
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync().Soon();
        _certificate.Dispose();
    }
}
