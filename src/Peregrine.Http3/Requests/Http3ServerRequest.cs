using System.Diagnostics;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>A request that a server received: its header section, and the exchange.</summary>
public sealed class Http3ServerRequest : Http3RequestStream
{
    private readonly Http3ServerConnection _connection;
    private RequestHead? _head;

    internal Http3ServerRequest(Http3ServerConnection connection, IMessageTransport transport)
        : base(connection, transport, MessageRole.Request)
    {
        _connection = connection;
    }

    /// <summary>The method, for instance GET. Case matters.</summary>
    public string Method => Head.Method;

    /// <summary>The scheme; null with a plain CONNECT.</summary>
    public string? Scheme => Head.Scheme;

    /// <summary>The host and port the client asked for, from <c>:authority</c> or else Host; null for schemes without.</summary>
    public string? Authority => Head.Authority;

    /// <summary>The path and query as they came; null with a plain CONNECT.</summary>
    public string? Path => Head.Path;

    /// <summary>The protocol of an extended CONNECT (RFC 9220), or null.</summary>
    public string? Protocol => Head.Protocol;

    /// <summary>The fields, without pseudo-header fields, in order.</summary>
    public HttpFields Headers => Head.Headers;

    /// <summary>The Content-Length, or null.</summary>
    public long? ContentLength => Head.ContentLength;

    /// <summary>True once a final response was sent.</summary>
    public bool HasResponded => Writer.HasBegun;

    private RequestHead Head => _head ?? throw new UnreachableException();

    private protected override Http3ErrorCode UnfinishedCode =>
        HasResponded ? Http3ErrorCode.InternalError : Http3ErrorCode.RequestRejected;

    /// <summary>Sends the final response's header section.</summary>
    /// <param name="status">200 to 999.</param>
    /// <param name="headers">The fields, or null.</param>
    /// <param name="endStream">Whether the response has no content, so that the message ends here.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which resets the stream.</param>
    /// <exception cref="ArgumentException">The status is out of its range, or a field is not allowed in HTTP/3.</exception>
    /// <exception cref="InvalidOperationException">A final response was sent already.</exception>
    /// <exception cref="Http3Exception">H3_EXCESSIVE_LOAD: the client announced that it takes no header section as large.</exception>
    /// <exception cref="QuicException">The client stopped reading, or the connection has ended.</exception>
    public ValueTask RespondAsync(
        int status, HttpFields? headers = null, bool endStream = false, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 999);
        Writer.IsTunnel = Head.IsConnect && status is >= 200 and <= 299;
        return Writer.WriteHeadAsync(ResponseHead.Create(status, headers), isFinal: true, endStream, cancellationToken);
    }

    /// <summary>Sends an interim response (RFC 9110 §15.2), before the final one.</summary>
    /// <param name="status">100 to 199, not 101 (RFC 9114 §4.5).</param>
    /// <param name="headers">The fields, or null.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which resets the stream.</param>
    public ValueTask SendInterimResponseAsync(int status, HttpFields? headers = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 199);
        if (status == 101)
            throw new ArgumentException("HTTP/3 has no 101 (Switching Protocols) (RFC 9114 §4.5).", nameof(status));
        return Writer.WriteHeadAsync(ResponseHead.Create(status, headers), isFinal: false, endStream: false, cancellationToken);
    }

    /// <summary>Reads the header section; false when the stream ended or broke before, which has been dealt with.</summary>
    internal async ValueTask<bool> ReadHeadAsync()
    {
        using var timeout = new CancellationTokenSource(Connection.Options.RequestHeadTimeout, Connection.Options.TimeProvider);
        try
        {
            var fields = await Reader.ReadHeadAsync(timeout.Token).ConfigureAwait(false);
            _head = RequestHead.Parse(fields, Connection.Options.EnableExtendedConnect);
            Reader.OnRequestHead(_head);
            return true;
        }
        catch (Http3Exception error)
        {
            await RefuseAsync(error).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Abort(Http3ErrorCode.RequestIncomplete);
        }
        catch (Exception exception) when (exception is QuicException or InvalidOperationException)
        {
            // The client reset the stream, or the connection ended: nobody waits for an answer.
        }

        return false;
    }

    private protected override void OnDisposed() => _connection.OnRequestDisposed();

    // Rapid reset: a request that its client gave up before the answer was work for nothing. Once in a while everybody does that.
    private protected override void OnDisposing()
    {
        if (!HasResponded && Stream.ReadsClosed is { IsFaulted: true, Exception.InnerException: var cause }
            && cause is QuicException { QuicError: QuicError.StreamAborted })
        {
            Connection.OnGlitch("requests that are reset before their answer");
        }
    }

    // RFC 9114 §4.1.2 and §4.2.2 let a server answer before it gives the stream up.
    private async ValueTask RefuseAsync(Http3Exception error)
    {
        if (Connection.FailIfConnectionError(error))
            return;
        Connection.Log.StreamFailed(StreamId, error.ErrorCode, error.Sentence);
        if (error.ErrorCode != Http3ErrorCode.ExcessiveLoad)
        {
            Abort(error.ErrorCode);
            return;
        }

        try
        {
            Abort(QuicAbortDirection.Read, Http3ErrorCode.ExcessiveLoad);
            var tooLarge = ResponseHead.Create(431, null);
            await Writer.WriteHeadAsync(tooLarge, isFinal: true, endStream: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QuicException or InvalidOperationException)
        {
            // The client is gone.
        }
    }
}
