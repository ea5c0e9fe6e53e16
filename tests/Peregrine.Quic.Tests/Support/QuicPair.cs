using System.Net;
using System.Net.Security;

namespace Peregrine.Quic.Tests;

/// <summary>A listener, a client and the server's end of its connection, over loopback.</summary>
internal sealed class QuicPair : IAsyncDisposable
{
    public static readonly SslApplicationProtocol Alpn = new("peregrine-test");

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private QuicPair(QuicListener listener, QuicConnection client, QuicConnection server)
    {
        Listener = listener;
        Client = client;
        Server = server;
    }

    public QuicListener Listener { get; }

    public QuicConnection Client { get; }

    public QuicConnection Server { get; }

    public static async Task<QuicPair> ConnectAsync(
        Action<QuicClientConnectionOptions>? client = null,
        Action<QuicServerConnectionOptions>? server = null,
        Action<QuicListenerOptions>? listen = null)
    {
        var listener = await ListenAsync(server, listen);
        try
        {
            var accepting = listener.AcceptConnectionAsync().AsTask();
            var connected = await QuicConnection.ConnectAsync(ClientOptions(listener, client)).AsTask().WaitAsync(Patience);
            return new QuicPair(listener, connected, await accepting.WaitAsync(Patience));
        }
        catch
        {
            await listener.DisposeAsync();
            throw;
        }
    }

    public static async Task<QuicListener> ListenAsync(
        Action<QuicServerConnectionOptions>? server = null, Action<QuicListenerOptions>? listen = null)
    {
        var options = new QuicListenerOptions
        {
            ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            ApplicationProtocols = [Alpn],
            ConnectionOptionsCallback = (_, _, _) => new ValueTask<QuicServerConnectionOptions>(ServerOptions(server)),
        };
        listen?.Invoke(options);
        return await QuicListener.ListenAsync(options);
    }

    public static QuicServerConnectionOptions ServerOptions(Action<QuicServerConnectionOptions>? change = null)
    {
        var options = new QuicServerConnectionOptions
        {
            DefaultStreamErrorCode = 0x51,
            DefaultCloseErrorCode = 0x52,
            ServerAuthenticationOptions = new SslServerAuthenticationOptions
            {
                ServerCertificate = TestCertificates.Short,
                ApplicationProtocols = [Alpn],
            },
        };
        change?.Invoke(options);
        return options;
    }

    public static QuicClientConnectionOptions ClientOptions(QuicListener listener, Action<QuicClientConnectionOptions>? change = null) =>
        ClientOptions(listener.LocalEndPoint, change);

    public static QuicClientConnectionOptions ClientOptions(EndPoint remote, Action<QuicClientConnectionOptions>? change = null)
    {
        var options = new QuicClientConnectionOptions
        {
            DefaultStreamErrorCode = 0xc1,
            DefaultCloseErrorCode = 0xc2,
            RemoteEndPoint = remote,
            ServerCertificateHashes = { TestCertificates.HashOf(TestCertificates.Short) },
            ClientAuthenticationOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ApplicationProtocols = [Alpn],
            },
        };
        change?.Invoke(options);
        return options;
    }

    /// <summary>A stream that the client opened, and the server's end of it, which has one byte to read.</summary>
    public async Task<(QuicStream Client, QuicStream Server)> OpenStreamAsync(QuicStreamType type = QuicStreamType.Bidirectional)
    {
        var client = await Client.OpenOutboundStreamAsync(type).AsTask().WaitAsync(Patience);
        await client.WriteAsync(new byte[] { 7 }).AsTask().WaitAsync(Patience);
        var server = await Server.AcceptInboundStreamAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(1, await server.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        return (client, server);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        await Listener.DisposeAsync();
    }
}
