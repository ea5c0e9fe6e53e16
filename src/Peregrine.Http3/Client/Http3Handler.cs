using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// Sends the requests of an <see cref="HttpClient"/> over HTTP/3, on one connection for each host and port. It follows no redirects,
/// keeps no cookies and knows no other HTTP version. Set it up before the first request.
/// </summary>
public sealed class Http3Handler : HttpMessageHandler
{
    // A request that servers keep rejecting is given up.
    private const int MaxAttempts = 3;

    private readonly ConcurrentDictionary<(string Host, int Port), ClientConnectionSlot> _slots = new();
    private readonly CancellationTokenSource _disposing = new();

    /// <summary>TLS of each connection; the target host and ALPN are filled in where they are missing.</summary>
    public Func<SslClientAuthenticationOptions> SslOptions { get; set; } = static () => new SslClientAuthenticationOptions();

    /// <summary>
    /// SHA-256 hashes of certificates to trust instead of verifying the chain; see
    /// <see cref="QuicClientConnectionOptions.ServerCertificateHashes"/>.
    /// </summary>
    public IList<ReadOnlyMemory<byte>> ServerCertificateHashes { get; } = [];

    /// <summary>The settings and limits of HTTP/3.</summary>
    public Http3ConnectionOptions ConnectionOptions { get; set; } = new();

    /// <summary>
    /// Changes the transport's options of each connection before it is made, for instance the address or the idle timeout. Null by
    /// default.
    /// </summary>
    public Action<QuicClientConnectionOptions>? ConfigureTransport { get; set; }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(_disposing.IsCancellationRequested, this);
        if (request.RequestUri is not { IsAbsoluteUri: true } uri || uri.Scheme is not "https")
            throw new NotSupportedException("HTTP/3 needs an absolute https URI.");

        var slot = _slots.GetOrAdd(
            (uri.IdnHost, uri.Port),
            static (key, handler) => new ClientConnectionSlot(token => handler.ConnectAsync(key.Host, key.Port, token)), this);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var connection = await slot.GetAsync(linked.Token).ConfigureAwait(false);
                try
                {
                    return await SendAsync(connection, request, linked.Token).ConfigureAwait(false);
                }
                catch (Http3Exception error) when (IsWorthRepeating(error, request) && attempt < MaxAttempts)
                {
                    slot.Discard(connection);
                }
            }
        }
        catch (OperationCanceledException exception) when (_disposing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException("The handler was disposed while the request was under way.", exception);
        }
        catch (Exception exception) when (HttpFailures.IsFailure(exception))
        {
            throw HttpFailures.OfRequest(exception);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposing.IsCancellationRequested)
        {
            _disposing.Cancel();
            foreach (var slot in _slots.Values)
                _ = slot.CloseAsync();
            _disposing.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        Http3ClientConnection connection, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var opened = await connection.OpenRequestAsync(HttpMessageMapping.ToRequest(request), cancellationToken).ConfigureAwait(false);
        try
        {
            return await new ClientExchange(opened, request).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            opened.Abort(Http3ErrorCode.RequestCancelled);
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Http3ClientConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var ssl = SslOptions();
        ssl.TargetHost ??= host;
        var isAddress = IPAddress.TryParse(host.Trim('[', ']'), out var address);
        var options = new QuicClientConnectionOptions
        {
            ClientAuthenticationOptions = ssl,
            RemoteEndPoint = isAddress ? new IPEndPoint(address!, port) : new DnsEndPoint(host, port),
            LoggerFactory = ConnectionOptions.LoggerFactory,
            TimeProvider = ConnectionOptions.TimeProvider,
        };
        foreach (var hash in ServerCertificateHashes)
            options.ServerCertificateHashes.Add(hash);
        ConfigureTransport?.Invoke(options);
        try
        {
            return await Http3ClientConnection.ConnectAsync(options, ConnectionOptions, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (HttpFailures.IsFailure(exception))
        {
            throw HttpFailures.OfConnecting(exception, host, port);
        }
    }

    // RFC 9114 §4.1.1: nothing was done with it, so it may be sent again, on a connection that still takes requests.
    private static bool IsWorthRepeating(Http3Exception error, HttpRequestMessage request) =>
        error.ErrorCode == Http3ErrorCode.RequestRejected && request.Content is null;
}
