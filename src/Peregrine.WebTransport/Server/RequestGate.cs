using Peregrine.Http3;

namespace Peregrine.WebTransport;

/// <summary>
/// What a server asks of a request before the application sees it (draft-ietf-webtrans-http3 §3): that it is for WebTransport, by a client
/// that speaks a draft spoken here, from a page the origin policy lets in, and within the number of sessions announced. What fails is
/// answered here.
/// </summary>
internal sealed class RequestGate(SessionEnvironment environment, WebTransportOriginPolicy originPolicy)
{
    /// <summary>The request for the application, admitted; null when it was answered here.</summary>
    /// <param name="request">The request, owned by this call.</param>
    /// <param name="sessions">The sessions of its connection.</param>
    /// <param name="clientSettings">The client's SETTINGS: no request is looked at before they are here.</param>
    public async ValueTask<WebTransportRequest?> JudgeAsync(
        Http3ServerRequest request, ConnectionSessions sessions, Http3Settings clientSettings)
    {
        if (request.Method is not "CONNECT" || request.Protocol is null)
            return await AnswerAsync(request, 404, "it is no WebTransport request").ConfigureAwait(false);

        // RFC 9220 §3: a :protocol value that is not supported is answered 501.
        if (request.Protocol is not DraftNegotiation.Protocol)
            return await AnswerAsync(request, 501, "its protocol is not WebTransport").ConfigureAwait(false);

        var draft = DraftNegotiation.Choose(id => clientSettings[id], peerIsServer: false)
            ?? (request.Headers.Contains(DraftNegotiation.Draft02RequestHeader) ? WebTransportDraft.Draft02 : null);
        if (draft is null)
            return await ResetAsync(
                request, Http3ErrorCode.MessageError, "the client's SETTINGS announce no version spoken here").ConfigureAwait(false);
        if (request.Scheme is not "https" || request.Authority is null || request.Path is null)
            return await ResetAsync(
                request, Http3ErrorCode.MessageError, "it lacks the scheme https, an authority or a path").ConfigureAwait(false);
        if (!IsOriginAllowed(request))
            return await AnswerAsync(request, 403, "its origin is not allowed").ConfigureAwait(false);
        if (!sessions.TryAdmit())
            return await ResetAsync(
                request, Http3ErrorCode.RequestRejected, "the connection has as many sessions as allowed").ConfigureAwait(false);

        return new WebTransportRequest(request, sessions, environment, draft.Value);
    }

    private bool IsOriginAllowed(Http3ServerRequest request)
    {
        // Several origin fields are no origin that any rule could allow.
        var origin = request.Headers.GetCombined("origin");
        try
        {
            if (originPolicy.Allows(origin, request.Authority!))
                return true;
        }
#pragma warning disable CA1031 // A rule of the application's that throws lets nobody in, and harms no other request.
        catch (Exception error)
#pragma warning restore CA1031
        {
            environment.Log.OriginPolicyFailed(error);
            return false;
        }

        environment.Log.OriginRefused(request.Authority!, request.Path!, origin);
        return false;
    }

    private async ValueTask<WebTransportRequest?> AnswerAsync(Http3ServerRequest request, int status, string reason)
    {
        environment.Log.RequestRefused(request.StreamId, request.Connection.Transport.RemoteEndPoint, reason);
        try
        {
            await request.RespondAsync(status, null, endStream: true).ConfigureAwait(false);
        }
        catch (Exception error) when (SessionFailures.IsTransport(error))
        {
            // The client is gone; nobody waits for the answer.
        }

        await request.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private async ValueTask<WebTransportRequest?> ResetAsync(Http3ServerRequest request, Http3ErrorCode code, string reason)
    {
        environment.Log.RequestRefused(request.StreamId, request.Connection.Transport.RemoteEndPoint, reason);
        request.Abort(code);
        await request.DisposeAsync().ConfigureAwait(false);
        return null;
    }
}
