using System.Net;
using Peregrine.Http3;

namespace Peregrine.WebTransport;

/// <summary>
/// A client's request for a session, past the checks of the listener. Answer it once, by accepting or rejecting; until then what the
/// client sends ahead waits, within limits, for five seconds at most (draft-ietf-webtrans-http3 §4.6).
/// </summary>
public sealed class WebTransportRequest
{
    private readonly Http3ServerRequest _request;
    private readonly ConnectionSessions _connection;
    private readonly SessionEnvironment _environment;
    private readonly WebTransportDraft _draft;
    private int _isAnswered;

    internal WebTransportRequest(
        Http3ServerRequest request, ConnectionSessions connection, SessionEnvironment environment, WebTransportDraft draft)
    {
        _request = request;
        _connection = connection;
        _environment = environment;
        _draft = draft;
        RemoteEndPoint = request.Connection.Transport.RemoteEndPoint;
    }

    /// <summary>The path and query the client asked for, as they came; begins with a slash.</summary>
    public string Path => _request.Path ?? "/";

    /// <summary>The host and, unless it is 443, the port the client asked for.</summary>
    public string Authority => _request.Authority ?? "";

    /// <summary>The header fields of the request.</summary>
    public HttpFields Headers => _request.Headers;

    /// <summary>Where the web page came from that asks, which has passed the origin policy; null when the client is no browser.</summary>
    public string? Origin => Headers["origin"];

    /// <summary>The client's address and port.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Fires when the client gave up, or its connection was lost, before the answer.</summary>
    public CancellationToken Aborted => _request.Aborted;

    /// <summary>Opens the session: answers with status 200.</summary>
    /// <param name="cancellationToken">Cancels the wait for room, which gives the session up.</param>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    /// <exception cref="WebTransportException">The client is gone.</exception>
    public ValueTask<WebTransportSession> AcceptAsync(CancellationToken cancellationToken = default) => AcceptAsync([], cancellationToken);

    /// <summary>Opens the session: answers with status 200 and header fields.</summary>
    /// <param name="headers">The fields to send; not one whose name begins with a colon.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which gives the session up.</param>
    /// <exception cref="ArgumentException">A field cannot be sent in HTTP/3. The request is given up.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    /// <exception cref="WebTransportException">The client is gone.</exception>
    public async ValueTask<WebTransportSession> AcceptAsync(HttpFields headers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headers);
        AnswerOnce();
        var response = new HttpFields();
        foreach (var field in headers)
            response.Add(field.Name, field.Value);
        if (_draft == WebTransportDraft.Draft02 && Headers.Contains(DraftNegotiation.Draft02RequestHeader))
            response.Set(DraftNegotiation.Draft02ResponseHeader, DraftNegotiation.Draft02ResponseValue);

        var session = new WebTransportSession(_request, _connection, _environment, Headers);
        session.Join();
        try
        {
            await _request.RespondAsync(200, response, endStream: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            session.Abandon(error);
            await GiveUpAsync().ConfigureAwait(false);
            if (SessionFailures.IsTransport(error))
                throw Gone(error);
            throw;
        }

        _environment.Log.SessionOpened(session.Id, RemoteEndPoint, (int)_draft);
        session.Start(response, OnFinished);
        return session;
    }

    /// <summary>Refuses the session.</summary>
    /// <param name="status">The HTTP status that says why, 300 to 599: 404 for a path that is not served, 403 for one that is forbidden,
    /// 429 for too many.</param>
    /// <param name="cancellationToken">Cancels the wait for room, which resets the stream.</param>
    /// <exception cref="ArgumentOutOfRangeException">The status is none that refuses.</exception>
    /// <exception cref="InvalidOperationException">The request was answered already.</exception>
    public async ValueTask RejectAsync(int status, CancellationToken cancellationToken = default)
    {
        if (status is < 300 or > 599)
            throw new ArgumentOutOfRangeException(
                nameof(status), status, "A status from 300 to 599 refuses a session; 2xx would accept it.");
        AnswerOnce();
        try
        {
            await _request.RespondAsync(status, null, endStream: true, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Gives the request up as if it had not been looked at, if nobody has answered it.</summary>
    internal async ValueTask AbandonAsync()
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) != 0)
            return;
        _request.Abort(Http3ErrorCode.RequestRejected);
        await GiveUpAsync().ConfigureAwait(false);
    }

    private static WebTransportException Gone(Exception error) =>
        new(WebTransportError.ConnectionFailed, WebTransportErrorSource.Session, null, $"The client is gone: {error.Message}", error);

    private void AnswerOnce()
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) != 0)
            throw new InvalidOperationException("The request has been answered; each can be accepted or rejected once.");
    }

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
