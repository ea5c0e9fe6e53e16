using Peregrine.Quic;

namespace Peregrine.Http3.Tests;

/// <summary>A server for an HttpClient over our handler.</summary>
internal sealed class HandlerServer : IAsyncDisposable
{
    private readonly List<Http3ServerConnection> _connections = [];
    private readonly QuicListener _listener;

    private HandlerServer(QuicListener listener, Func<Http3ServerRequest, Task> serve)
    {
        _listener = listener;
        _ = AcceptAsync(serve);
    }

    public int Connections
    {
        get
        {
            lock (_connections)
                return _connections.Count;
        }
    }

    public static async Task<HandlerServer> StartAsync(Func<Http3ServerRequest, Task> serve) => new(await Http3Pair.ListenAsync(), serve);

    public Uri Uri(string path) => new($"https://127.0.0.1:{_listener.LocalEndPoint.Port}{path}");

    public HttpClient CreateClient() => new(new Http3Handler { ServerCertificateHashes = { Http3Pair.CertificateHash } });

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }

    private async Task AcceptAsync(Func<Http3ServerRequest, Task> serve)
    {
        try
        {
            while (true)
            {
                var connection = new Http3ServerConnection(await _listener.AcceptConnectionAsync());
                lock (_connections)
                    _connections.Add(connection);
                _ = connection.ServeAsync(serve);
            }
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
