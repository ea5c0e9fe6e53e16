using System.Net;
using System.Net.Security;
using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

/// <summary>A client of a listener that speaks HTTP/3 properly and WebTransport as the test wants it, by bytes of its own.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    public const ulong Enable02 = 0x2b603742;

    private RawClient(Http3ClientConnection connection, Loopback loopback)
    {
        Connection = connection;
        Loopback = loopback;
    }

    public Http3ClientConnection Connection { get; }

    public Loopback Loopback { get; }

    public static async Task<RawClient> ConnectAsync(
        Loopback loopback, Action<QuicClientConnectionOptions>? configure = null, params (ulong Id, ulong Value)[] settings)
    {
        var options = new QuicClientConnectionOptions
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, loopback.Port),
            ClientAuthenticationOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                ApplicationProtocols = [SslApplicationProtocol.Http3],
            },
            ServerCertificateHashes = { loopback.Hash },
        };
        configure?.Invoke(options);
        var http3 = new Http3ConnectionOptions();
        foreach (var (id, value) in settings.Length == 0 ? [(Enable02, 1UL)] : settings)
            http3.Extensions.AddSetting(id, value);

        // The server may open bidirectional streams only towards clients that know the signal; this one throws them away.
        http3.Extensions.AddBidirectionalStreamSignal(0x41, static (_, stream, _) => stream.DisposeAsync());
        return new RawClient(await Http3ClientConnection.ConnectAsync(options, http3).Soon(), loopback);
    }

    public Task<Http3ClientRequest> RequestAsync(
        string path = "/", string method = "CONNECT", string? protocol = "webtransport", params (string Name, string Value)[] headers)
    {
        var request = new Http3Request
        {
            Method = method,
            Protocol = protocol,
            Authority = $"127.0.0.1:{Loopback.Port}",
            Path = path,
            EndsStream = method is not "CONNECT",
        };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return Connection.OpenRequestAsync(request).Soon();
    }

    /// <summary>Opens a session and gives both its raw stream and the listener's side.</summary>
    public async Task<(Http3ClientRequest Stream, WebTransportSession Server)> OpenSessionAsync()
    {
        var stream = await RequestAsync();
        var server = await (await Loopback.Listener.AcceptAsync().Soon()).AcceptAsync().Soon();
        var response = await stream.GetResponseAsync().Soon();
        Assert.Equal(200, response.Status);
        return (stream, server);
    }

    /// <summary>Opens a unidirectional stream whose first bytes are those given.</summary>
    public async Task<QuicStream> OpenUnidirectionalAsync(params byte[] bytes)
    {
        var stream = await Connection.Transport.OpenOutboundStreamAsync(QuicStreamType.Unidirectional).Soon();
        await stream.WriteAsync(bytes).Soon();
        return stream;
    }

    /// <summary>The HTTP/3 code with which the peer stopped reading a stream.</summary>
    public static async Task<long?> StopCodeAsync(QuicStream stream)
    {
        var error = await Assert.ThrowsAsync<QuicException>(() => stream.WritesClosed.Soon());
        return error.ApplicationErrorCode;
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
