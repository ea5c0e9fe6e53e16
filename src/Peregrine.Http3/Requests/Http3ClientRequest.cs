using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>A request that a client sent: the exchange, and its response.</summary>
public sealed class Http3ClientRequest : Http3RequestStream
{
    private readonly Http3ClientConnection _connection;
    private Http3Response? _response;
    private volatile bool _isRejected;
    private int _interimResponses;

    internal Http3ClientRequest(Http3ClientConnection connection, IMessageTransport transport, Http3Request request)
        : base(connection, transport, MessageRole.Response)
    {
        _connection = connection;
        Request = request;
    }

    /// <summary>What was asked.</summary>
    public Http3Request Request { get; }

    /// <summary>Whether a GOAWAY said that the server does not process the request.</summary>
    internal bool IsRejected => _isRejected;

    private protected override Http3ErrorCode UnfinishedCode => Http3ErrorCode.RequestCancelled;

    private protected override Http3Exception? Rejection => _isRejected ? TransportFailures.Rejected(cause: null) : null;

    /// <summary>Waits for the final response's header section; later calls return the same one.</summary>
    /// <exception cref="Http3Exception">The server rejected the request (H3_REQUEST_REJECTED: it may be sent again), or the response is
    /// malformed.</exception>
    /// <exception cref="QuicException">The server reset the stream, or the connection has ended.</exception>
    public async ValueTask<Http3Response> GetResponseAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            while (_response is null)
                await ReadResponseAsync(cancellationToken).ConfigureAwait(false);
            return _response;
        }
        catch (Http3Exception error) when (error.ErrorCode != Http3ErrorCode.RequestRejected)
        {
            ((IMessageOwner)this).OnProtocolError(error);
            throw;
        }
    }

    internal ValueTask SendHeadAsync(CancellationToken cancellationToken)
    {
        Writer.IsTunnel = Request.IsConnect;
        return Writer.WriteHeadAsync(RequestHead.Create(Request), isFinal: true, Request.EndsStream, cancellationToken);
    }

    internal void OnRejected()
    {
        _isRejected = true;
        Abort(Http3ErrorCode.RequestCancelled);
    }

    private protected override void OnDisposed() => _connection.OnRequestDisposed(StreamId);

    private async ValueTask ReadResponseAsync(CancellationToken cancellationToken)
    {
        var fields = await Reader.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        var head = ResponseHead.Parse(fields);
        var response = new Http3Response(this, head.Status, head.Headers);
        if (head.Status >= 200)
        {
            Reader.OnResponseHead(head, Request);
            _response = response;
            return;
        }

        if (++_interimResponses > Connection.Limits.MaxInterimResponses)
            throw Http3Exception.OnStream(Http3ErrorCode.ExcessiveLoad, "The server sent too many interim responses.");
        Request.InterimResponseReceived?.Invoke(response);
    }
}
