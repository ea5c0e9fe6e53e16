using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using Peregrine.Http3;
using Peregrine.Quic;

namespace Peregrine.WebTransport;

/// <summary>Connects to WebTransport servers.</summary>
public static class WebTransportClient
{
    // The server misses something that WebTransport needs (draft-ietf-webtrans-http3 §9.5, WT_REQUIREMENTS_NOT_MET).
    private const Http3ErrorCode RequirementsNotMet = (Http3ErrorCode)0x212c_0d48;

    /// <summary>Whether this machine has the cryptography that QUIC needs. True wherever .NET runs, except in a browser.</summary>
    public static bool IsSupported => !OperatingSystem.IsBrowser() && AesGcm.IsSupported;

    /// <summary>Opens a session, on a connection of its own.</summary>
    /// <param name="uri">Where to: https, host, port (443 unless it says otherwise), path and query. No user name and no fragment.</param>
    /// <param name="options">How to connect; the defaults when null.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="ArgumentException">The address or an option cannot be used; the message says why.</exception>
    /// <exception cref="WebTransportException">
    /// The server was not reached or not trusted (<see cref="WebTransportError.ConnectionFailed"/>), speaks no WebTransport known here
    /// (<see cref="WebTransportError.ProtocolError"/>), or answered with a status other than 2xx
    /// (<see cref="WebTransportError.SessionRejected"/>). Redirects are not followed.
    /// </exception>
    public static async ValueTask<WebTransportSession> ConnectAsync(
        Uri uri, WebTransportClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        CheckAddress(uri);
        options ??= new WebTransportClientOptions();
        options.Validate();
        var request = CreateRequest(uri, options);
        cancellationToken.ThrowIfCancellationRequested();

        // What a client announces as its number of sessions says only that it speaks the draft; a server opens none.
        var environment = new SessionEnvironment(options, EndpointRole.Client, maxSessionsPerConnection: 1, maxSessions: 1);
        Http3ClientConnection? connection = null;
        try
        {
            connection = await ConnectTransportAsync(uri, options, environment, cancellationToken).ConfigureAwait(false);
            return await OpenSessionAsync(connection, request, environment, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            if (error is OperationCanceledException && cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException(error.Message, error, cancellationToken);
            if (error is OperationCanceledException)
                throw Failed("The server sent no SETTINGS within the handshake timeout.", error);
            if (error is Http3Exception { ErrorCode: Http3ErrorCode.RequestRejected })
                throw new WebTransportException(WebTransportError.SessionRejected, WebTransportErrorSource.Session, null,
                    "The server takes no more sessions now.", error);
            if (error is AuthenticationException || SessionFailures.IsTransport(error) || error is System.Net.Sockets.SocketException)
                throw Failed(error.Message, error);
            throw;
        }
    }

    private static async ValueTask<Http3ClientConnection> ConnectTransportAsync(
        Uri uri, WebTransportClientOptions options, SessionEnvironment environment, CancellationToken cancellationToken)
    {
        var transport = new QuicClientConnectionOptions
        {
            RemoteEndPoint = IPAddress.TryParse(uri.IdnHost, out var address)
                ? new IPEndPoint(address, uri.Port)
                : new DnsEndPoint(uri.IdnHost, uri.Port),
            ClientAuthenticationOptions = new SslClientAuthenticationOptions
            {
                TargetHost = uri.IdnHost,
                ApplicationProtocols = [SslApplicationProtocol.Http3],
                RemoteCertificateValidationCallback = options.RemoteCertificateValidationCallback,
                CertificateChainPolicy = options.CertificateChainPolicy,
            },
            LocalEndPoint = options.LocalEndPoint,
            LoggerFactory = options.LoggerFactory,
            TimeProvider = options.TimeProvider,
            Socket = options.Socket.ToQuic(),
        };
        foreach (var hash in options.ServerCertificateHashes)
            transport.ServerCertificateHashes.Add(hash);
        TransportOptions.Apply(options, transport, requestStreams: 0);
        var http3 = new Http3ConnectionOptions
        {
            Extensions = WebTransportExtension.Create(environment),
            LoggerFactory = options.LoggerFactory,
            TimeProvider = options.TimeProvider,
        };
        return await Http3ClientConnection.ConnectAsync(transport, http3, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<WebTransportSession> OpenSessionAsync(
        Http3ClientConnection connection, Http3Request request, SessionEnvironment environment, WebTransportClientOptions options,
        CancellationToken cancellationToken)
    {
        // draft-ietf-webtrans-http3 §3.1: no CONNECT before the server's SETTINGS.
        Http3Settings settings;
        using (var timeout = new CancellationTokenSource(options.HandshakeTimeout, options.TimeProvider))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token))
            settings = await connection.PeerSettings.WaitAsync(either.Token).ConfigureAwait(false);

        if (DraftNegotiation.Choose(id => settings[id], peerIsServer: true) is not { } draft)
        {
            await connection.CloseAsync(
                RequirementsNotMet, "The server announces no version of WebTransport known here.", CancellationToken.None)
                .ConfigureAwait(false);
            throw new WebTransportException(
                WebTransportError.ProtocolError, WebTransportErrorSource.Session, null,
                "The server's SETTINGS announce no version of WebTransport known here: "
                    + "draft 02, or drafts 07 to 12 with datagrams and extended CONNECT.");
        }

        if (draft == WebTransportDraft.Draft02)
            request.Headers.Set(DraftNegotiation.Draft02RequestHeader, "1");

        // Its sessions exist before the first stream of the server's can come.
        var sessions = WebTransportExtension.SessionsOf(connection, environment);
        var opened = await connection.OpenRequestAsync(request, cancellationToken).ConfigureAwait(false);
        var session = new WebTransportSession(opened, sessions, environment, RequestTarget.Of(request));
        session.Join();
        Http3Response response;
        try
        {
            response = await opened.GetResponseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            session.Abandon(error);
            throw;
        }

        if (!response.IsSuccess)
        {
            session.Abandon(null);
            throw new WebTransportException(
                WebTransportError.SessionRejected, WebTransportErrorSource.Session, null,
                $"The server refused the session with status {response.Status}.")
            {
                StatusCode = response.Status,
                ResponseHeaders = WebTransportHeaders.ReadOnly(response.Headers),
            };
        }

        environment.Log.SessionOpened(session.Id, session.RemoteEndPoint, request.Path, (int)draft);
        session.Start(response.Status, response.Headers, connection.DisposeAsync);
        return session;
    }

    private static Http3Request CreateRequest(Uri uri, WebTransportClientOptions options)
    {
        var request = new Http3Request
        {
            Method = "CONNECT",
            Protocol = DraftNegotiation.Protocol,
            Scheme = "https",
            Authority = uri.IsDefaultPort ? HostOf(uri) : $"{HostOf(uri)}:{uri.Port}",
            Path = uri.PathAndQuery,
        };
        foreach (var (name, value) in options.Headers)
            request.Headers.Add(name, value);
        if (options.Origin is not null)
            request.Headers.Add("origin", options.Origin);
        return request;
    }

    private static string HostOf(Uri uri) => uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost;

    private static void CheckAddress(Uri uri)
    {
        if (!uri.IsAbsoluteUri || uri.Scheme is not "https")
            throw new ArgumentException($"'{uri}' cannot be connected to: WebTransport addresses begin with https://.", nameof(uri));
        if (uri.Fragment.Length != 0)
            throw new ArgumentException(
                $"'{uri}' has a fragment, which is never sent to a server; leave out '{uri.Fragment}'.", nameof(uri));
        if (uri.UserInfo.Length != 0)
            throw new ArgumentException("The address holds a user name; send credentials in a header field instead.", nameof(uri));
    }

    private static WebTransportException Failed(string message, Exception error) =>
        new(WebTransportError.ConnectionFailed, WebTransportErrorSource.Session, null, message, error);
}
