using System.Collections.Concurrent;
using System.Net.Security;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>The client's side of an HTTP/3 connection.</summary>
public sealed class Http3ClientConnection : Http3Connection
{
    private readonly ConcurrentDictionary<long, Http3ClientRequest> _requests = new();

    /// <summary>Begins HTTP/3 on a QUIC connection whose ALPN is h3, and owns it from here on.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Http3ClientConnection(QuicConnection transport, Http3ConnectionOptions? options = null)
        : base(transport, options, isServer: false)
    {
        Start();
    }

    /// <summary>Requests that are not disposed.</summary>
    public int ActiveRequests => _requests.Count;

    /// <summary>
    /// Connects to a server. Where they are not set, the ALPN becomes h3, the default stream error code H3_REQUEST_CANCELLED and the
    /// default close code H3_NO_ERROR.
    /// </summary>
    /// <exception cref="QuicException">The connection could not be made.</exception>
    public static async ValueTask<Http3ClientConnection> ConnectAsync(
        QuicClientConnectionOptions transportOptions, Http3ConnectionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transportOptions);
        options?.Validate();
        if (transportOptions.ClientAuthenticationOptions.ApplicationProtocols is null or { Count: 0 })
            transportOptions.ClientAuthenticationOptions.ApplicationProtocols = [SslApplicationProtocol.Http3];
        if (transportOptions.DefaultStreamErrorCode < 0)
            transportOptions.DefaultStreamErrorCode = (long)Http3ErrorCode.RequestCancelled;
        if (transportOptions.DefaultCloseErrorCode < 0)
            transportOptions.DefaultCloseErrorCode = (long)Http3ErrorCode.NoError;
        var transport = await QuicConnection.ConnectAsync(transportOptions, cancellationToken).ConfigureAwait(false);
        return new Http3ClientConnection(transport, options);
    }

    /// <summary>
    /// Opens a request stream and sends the header section; waits for stream credit, and for an extended CONNECT for the server's SETTINGS.
    /// The caller writes the content to <see cref="Http3RequestStream.Output"/>, unless <see cref="Http3Request.EndsStream"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The request is not valid in HTTP/3.</exception>
    /// <exception cref="NotSupportedException">It is an extended CONNECT and the server takes none (RFC 9220 §3).</exception>
    /// <exception cref="Http3Exception">H3_REQUEST_REJECTED: the server is going away, use another connection; any other: the connection
    /// has ended.</exception>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public async ValueTask<Http3ClientRequest> OpenRequestAsync(Http3Request request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate();
        if (request.Protocol is not null)
            await RequireExtendedConnectAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfGoingAway();
        var stream = await OpenStreamAsync(cancellationToken).ConfigureAwait(false);
        var opened = new Http3ClientRequest(this, new QuicMessageTransport(stream), request);
        _requests[stream.Id] = opened;
        Http3Metrics.ActiveRequests.Add(1, Http3Metrics.Role(isServer: false));
        try
        {
            // A GOAWAY may have come while we waited for credit.
            if (PeerGoAwayId is { } id && stream.Id >= id)
                ThrowIfGoingAway();
            await opened.SendHeadAsync(cancellationToken).ConfigureAwait(false);
            return opened;
        }
        catch (Exception exception)
        {
            opened.Abort(Http3ErrorCode.RequestCancelled);
            await opened.DisposeAsync().ConfigureAwait(false);
            // A GOAWAY that came meanwhile took the stream from under the header section.
            if (opened.IsRejected && exception is (QuicException or InvalidOperationException))
                throw TransportFailures.Rejected(exception);
            throw;
        }
    }

    /// <summary>
    /// Sends a request without content and waits for the response's header section. Disposing the response's request ends the exchange.
    /// </summary>
    /// <exception cref="Http3Exception">The request was rejected, or the response malformed.</exception>
    /// <exception cref="QuicException">The stream was reset, or the connection has ended.</exception>
    public async ValueTask<Http3Response> SendRequestAsync(Http3Request request, CancellationToken cancellationToken = default)
    {
        var opened = await OpenRequestAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!request.EndsStream && !request.IsConnect)
                await opened.Output.CompleteAsync().ConfigureAwait(false);
            return await opened.GetResponseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            opened.Abort(Http3ErrorCode.RequestCancelled);
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal void OnRequestDisposed(long streamId)
    {
        if (_requests.TryRemove(streamId, out _))
            Http3Metrics.ActiveRequests.Add(-1, Http3Metrics.Role(isServer: false));
    }

    internal override ValueTask OnRequestStreamAsync(QuicStream stream) =>
        throw Http3Exception.OnConnection(
            Http3ErrorCode.StreamCreationError, "The server opened a bidirectional stream that no extension knows.");

    // Clients tell nothing but that pushes are refused. We allowed none, so none can be on its way, and push ID 0 is the first not taken.
    private protected override Task SendGoAwayAsync(ControlStreamSender control) => control.SendGoAwayAsync(0);

    private protected override void OnPeerGoAway(long id)
    {
        // RFC 9114 §5.2: requests from this ID on were not processed and may be sent again elsewhere.
        foreach (var (streamId, request) in _requests)
        {
            if (streamId >= id)
                request.OnRejected();
        }
    }

    private async ValueTask RequireExtendedConnectAsync(CancellationToken cancellationToken)
    {
        // RFC 9220 §3: not before the server said that it takes them.
        var settings = await PeerSettings.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!settings.EnableConnectProtocol && Options.Extensions.ImpliesExtendedConnect?.Invoke(settings) != true)
            throw new NotSupportedException("The server does not take extended CONNECT: SETTINGS_ENABLE_CONNECT_PROTOCOL is not 1.");
    }

    // While the call waits for credit, the connection may end or a GOAWAY come: then it fails as one that came later would.
    private async ValueTask<QuicStream> OpenStreamAsync(CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, PeerGoingAway);
        try
        {
            return await Transport.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIfGoingAway();
            throw;
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException)
        {
            ThrowIfGoingAway();
            throw;
        }
    }

    private void ThrowIfGoingAway()
    {
        if (Failure is { } failure)
            throw failure.Copy();
        if (PeerGoAwayId is not null)
            throw Http3Exception.OnStream(Http3ErrorCode.RequestRejected, "The server is going away and takes no more requests.");
    }
}
