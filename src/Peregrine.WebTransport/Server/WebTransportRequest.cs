using System.Net;
using Peregrine.Http3;

namespace Peregrine.WebTransport;

/// <summary>
/// A client's request for a session, past the checks of the listener. Answer it once, by accepting or rejecting; until then what the
/// client sends ahead waits, within limits, for five seconds at most (draft-ietf-webtrans-http3 §4.6). Disposing it without an answer
/// gives it up as if nobody had looked at it.
/// </summary>
public sealed class WebTransportRequest : IAsyncDisposable
{
    private readonly Http3ServerRequest _request;
    private readonly ConnectionSessions _connection;
    private readonly SessionEnvironment _environment;
    private readonly WebTransportDraft _draft;
    private readonly RequestTarget _target;
    private readonly CancellationTokenSource _over = new();
    private int _isAnswered;

    internal WebTransportRequest(
        Http3ServerRequest request, ConnectionSessions connection, SessionEnvironment environment, WebTransportDraft draft)
    {
        _request = request;
        _connection = connection;
        _environment = environment;
        _draft = draft;
        _target = RequestTarget.Of(request);
        RemoteEndPoint = request.Connection.Transport.RemoteEndPoint;
        request.Aborted.UnsafeRegister(static state => ((WebTransportRequest)state!).OnOver(), this);
    }

    /// <summary>The path the client asked for, without the query, as it came; begins with a slash.</summary>
    public string Path => _target.Path;

    /// <summary>The query, from its question mark on, as it came; empty when there is none.</summary>
    public string Query => _target.Query;

    /// <summary>The host and, unless it is 443, the port the client asked for (<c>:authority</c>).</summary>
    public string Authority => _target.Authority;

    /// <summary>The method (<c>:method</c>): always CONNECT.</summary>
    public string Method => _target.Method;

    /// <summary>The scheme (<c>:scheme</c>): always https.</summary>
    public string Scheme => _target.Scheme;

    /// <summary>The upgrade token of the extended CONNECT (<c>:protocol</c>, RFC 9220 §3), by which drafts differ:
    /// <c>webtransport</c>.</summary>
    public string ConnectProtocol => _target.ConnectProtocol;

    /// <summary>The header fields of the request.</summary>
    public WebTransportHeaders Headers => _target.Headers;

    /// <summary>Where the web page came from that asks, which has passed the origin policy; null when the client is no browser.</summary>
    public string? Origin => Headers["origin"];

    /// <summary>The client's address and port.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Fires when the client gave up, or its connection was lost, before the answer.</summary>
    public CancellationToken Aborted => _request.Aborted;

    /// <summary>Whether it was accepted, rejected or given up.</summary>
    public bool IsAnswered => Volatile.Read(ref _isAnswered) != 0;

    /// <summary>Fires when the client gave up before the answer, or the session it was accepted as has ended.</summary>
    internal CancellationToken Over => _over.Token;

    /// <summary>The session it was accepted as.</summary>
    internal WebTransportSession? Session { get; private set; }

    /// <summary>Opens the session: answers with status 200.</summary>
    /// <param name="cancellationToken">Cancels the wait for room, which gives the session up.</param>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    /// <exception cref="WebTransportException">The client is gone.</exception>
    public ValueTask<WebTransportSession> AcceptAsync(CancellationToken cancellationToken = default) =>
        AcceptAsync([], 200, cancellationToken);

    /// <summary>Opens the session: answers with status 200 and header fields.</summary>
    /// <param name="headers">The fields to send, which the client finds in <see cref="WebTransportSession.ResponseHeaders"/>.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which gives the session up.</param>
    /// <exception cref="ArgumentException">A field cannot be sent in HTTP/3. The request is given up.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    /// <exception cref="WebTransportException">The client is gone.</exception>
    public ValueTask<WebTransportSession> AcceptAsync(WebTransportHeaders headers, CancellationToken cancellationToken = default) =>
        AcceptAsync(headers, 200, cancellationToken);

    /// <summary>Opens the session: answers with a status that accepts, and header fields.</summary>
    /// <param name="headers">The fields to send, which the client finds in <see cref="WebTransportSession.ResponseHeaders"/>.</param>
    /// <param name="status">200 to 299; the client finds it in <see cref="WebTransportSession.StatusCode"/>.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which gives the session up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status is none that accepts.</exception>
    /// <exception cref="ArgumentException">A field cannot be sent in HTTP/3. The request is given up.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    /// <exception cref="WebTransportException">The client is gone.</exception>
    public async ValueTask<WebTransportSession> AcceptAsync(
        WebTransportHeaders headers, int status, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (status is < 200 or > 299)
            throw new ArgumentOutOfRangeException(
                nameof(status), status, "A status from 200 to 299 accepts a session; use RejectAsync for another.");
        AnswerOnce();
        var response = headers.ToFields();
        if (_draft == WebTransportDraft.Draft02 && Headers.Contains(DraftNegotiation.Draft02RequestHeader))
            response.Set(DraftNegotiation.Draft02ResponseHeader, DraftNegotiation.Draft02ResponseValue);

        var session = new WebTransportSession(_request, _connection, _environment, _target);
        session.Join();
        try
        {
            await _request.RespondAsync(status, response, endStream: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            session.Abandon(error);
            await GiveUpAsync().ConfigureAwait(false);
            if (SessionFailures.IsTransport(error))
                throw Gone(error);
            throw;
        }

        _environment.Log.SessionOpened(session.Id, RemoteEndPoint, _target.PathAndQuery, (int)_draft);
        session.Start(status, response, OnFinished);
        Session = session;
        session.ClosedToken.UnsafeRegister(static state => ((WebTransportRequest)state!).OnOver(), this);
        return session;
    }

    /// <summary>Refuses the session.</summary>
    /// <param name="status">The HTTP status that says why, 300 to 599: 404 for a path that is not served, 403 for one that is forbidden,
    /// 429 for too many.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which resets the stream.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status is none that refuses.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    public ValueTask RejectAsync(int status, CancellationToken cancellationToken = default) => RejectAsync(status, [], cancellationToken);

    /// <summary>Refuses the session, with header fields: Retry-After, Location, WWW-Authenticate and the like.</summary>
    /// <param name="status">The HTTP status that says why, 300 to 599; <see cref="WebTransportException.StatusCode"/> tells .NET clients,
    /// browsers tell pages nothing.</param>
    /// <param name="headers">The fields to send, which .NET clients find in <see cref="WebTransportException.ResponseHeaders"/>.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which resets the stream.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status is none that refuses.</exception>
    /// <exception cref="ArgumentException">A field cannot be sent in HTTP/3. The request is given up.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    public async ValueTask RejectAsync(int status, WebTransportHeaders headers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (status is < 300 or > 599)
            throw new ArgumentOutOfRangeException(
                nameof(status), status, "A status from 300 to 599 refuses a session; 2xx would accept it.");
        AnswerOnce();
        try
        {
            await _request.RespondAsync(status, headers.ToFields(), endStream: true, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (SessionFailures.IsTransport(error))
        {
            // The client is gone, which is as good.
        }
        finally
        {
            await GiveUpAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives the request up as if nobody had looked at it (H3_REQUEST_REJECTED), unless it was answered.</summary>
    public ValueTask DisposeAsync() => AbandonAsync();

    /// <summary>Who asks, and for what.</summary>
    public override string ToString() => $"WebTransport request for {_target.Authority}{_target.PathAndQuery} from {RemoteEndPoint}";

    /// <summary>Gives the request up as if it had not been looked at, if nobody has answered it.</summary>
    internal async ValueTask AbandonAsync()
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) != 0)
            return;
        _request.Abort(Http3ErrorCode.RequestRejected);
        await GiveUpAsync().ConfigureAwait(false);
    }

    private static WebTransportException Gone(Exception error) =>
        error is Http3Exception { ErrorCode: Http3ErrorCode.ExcessiveLoad, Scope: Http3ErrorScope.Stream }
            ? new(WebTransportError.ProtocolError, WebTransportErrorSource.Session, null, $"The client takes no such response: {error.Message}",
                error)
            : new(WebTransportError.ConnectionFailed, WebTransportErrorSource.Session, null, $"The client is gone: {error.Message}", error);

    private void AnswerOnce()
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) != 0)
            throw new InvalidOperationException("The request has been answered; each can be accepted or rejected once.");
    }

    private void OnOver() => _ = BackgroundFailures.ObserveAsync(_over.CancelAsync(), _environment.Log);

    private ValueTask OnFinished()
    {
        _connection.Release();
        return ValueTask.CompletedTask;
    }

    private async ValueTask GiveUpAsync()
    {
        await _request.DisposeAsync().ConfigureAwait(false);
        _connection.OnEnded(_request.StreamId);
        _connection.Release();
    }
}
