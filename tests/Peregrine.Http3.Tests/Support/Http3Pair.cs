using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>Both ends over loopback. Either end may be a bare QUIC connection, so that the test can say what no HTTP/3 would.</summary>
internal sealed class Http3Pair : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly X509Certificate2 Certificate = CreateCertificate();

    private readonly QuicListener _listener;

    private Http3Pair(QuicListener listener, QuicConnection client, QuicConnection server)
    {
        _listener = listener;
        RawClient = client;
        RawServer = server;
    }

    public QuicConnection RawClient { get; }

    public QuicConnection RawServer { get; }

    public Http3ClientConnection Client { get; private set; } = null!;

    public Http3ServerConnection Server { get; private set; } = null!;

    public static ReadOnlyMemory<byte> CertificateHash => SHA256.HashData(Certificate.RawData);

    public static async Task<Http3Pair> ConnectAsync(
        Http3ConnectionOptions? client = null, Http3ConnectionOptions? server = null, bool withDatagrams = true)
    {
        var pair = await ConnectRawAsync(withDatagrams);
        pair.Server = new Http3ServerConnection(pair.RawServer, server);
        pair.Client = new Http3ClientConnection(pair.RawClient, client);
        return pair;
    }

    /// <summary>A server of ours, a client of the test's.</summary>
    public static async Task<Http3Pair> WithRawClientAsync(Http3ConnectionOptions? server = null)
    {
        var pair = await ConnectRawAsync();
        pair.Server = new Http3ServerConnection(pair.RawServer, server);
        return pair;
    }

    /// <summary>A client of ours, a server of the test's.</summary>
    public static async Task<Http3Pair> WithRawServerAsync(Http3ConnectionOptions? client = null)
    {
        var pair = await ConnectRawAsync();
        pair.Client = new Http3ClientConnection(pair.RawClient, client);
        return pair;
    }

    public static ValueTask<QuicListener> ListenAsync(bool withDatagrams = true) => QuicListener.ListenAsync(new QuicListenerOptions
    {
        ListenEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
        ApplicationProtocols = [SslApplicationProtocol.Http3],
        ConnectionOptionsCallback = (_, _, _) => new ValueTask<QuicServerConnectionOptions>(new QuicServerConnectionOptions
        {
            DefaultStreamErrorCode = (long)Http3ErrorCode.RequestCancelled,
            DefaultCloseErrorCode = (long)Http3ErrorCode.NoError,
            EnableDatagrams = withDatagrams,
            ServerAuthenticationOptions = new SslServerAuthenticationOptions
            {
                ServerCertificate = Certificate,
                ApplicationProtocols = [SslApplicationProtocol.Http3],
            },
        }),
    });

    public static QuicClientConnectionOptions ClientOptions(QuicListener listener, bool withDatagrams = true) => new()
    {
        DefaultStreamErrorCode = (long)Http3ErrorCode.RequestCancelled,
        DefaultCloseErrorCode = (long)Http3ErrorCode.NoError,
        EnableDatagrams = withDatagrams,
        RemoteEndPoint = listener.LocalEndPoint,
        ServerCertificateHashes = { CertificateHash },
        ClientAuthenticationOptions = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http3],
        },
    };

    public async ValueTask DisposeAsync()
    {
        await DisposeAsync(Client, RawClient);
        await DisposeAsync(Server, RawServer);
        await _listener.DisposeAsync();
    }

    private static async Task DisposeAsync(Http3Connection? connection, QuicConnection raw)
    {
        IAsyncDisposable owner = connection is null ? raw : connection;
        await owner.DisposeAsync().AsTask().WaitAsync(Patience);
    }

    private static async Task<Http3Pair> ConnectRawAsync(bool withDatagrams = true)
    {
        var listener = await ListenAsync(withDatagrams);
        var accepting = listener.AcceptConnectionAsync().AsTask();
        var client = await QuicConnection.ConnectAsync(ClientOptions(listener, withDatagrams)).AsTask().WaitAsync(Patience);
        return new Http3Pair(listener, client, await accepting.WaitAsync(Patience));
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(10));
    }
}
