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
        var stream = await Transport.OpenOutboundStreamAsync(QuicStreamType.Bidirectional, cancellationToken).ConfigureAwait(false);
        var opened = new Http3ClientRequest(this, new QuicMessageTransport(stream), request);
        _requests[stream.Id] = opened;
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
                ThrowIfGoingAway();
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

    internal void OnRequestDisposed(long streamId) => _requests.TryRemove(streamId, out _);

    internal override ValueTask OnRequestStreamAsync(QuicStream stream) =>
        throw Http3Exception.OnConnection(
            Http3ErrorCode.StreamCreationError, "The server opened a bidirectional stream that no extension knows.");

    // Clients tell nothing but that pushes are refused: we allow none, so push ID 0 is the first not taken.
    private protected override long NextGoAwayId() => 0;

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

    private void ThrowIfGoingAway()
    {
        if (Failure is { } failure)
            throw new Http3Exception(failure.ErrorCode, failure.Scope, failure.Message, failure.InnerException);
        if (PeerGoAwayId is not null)
            throw Http3Exception.OnStream(Http3ErrorCode.RequestRejected, "The server is going away and takes no more requests.");
    }
}
