namespace Peregrine.WebTransport;

/// <summary>
/// Decides which web pages may open sessions, from the request's <c>origin</c> header (draft-ietf-webtrans-http3 §3.2). Browsers always
/// send it and pages cannot forge it; other clients need not. A refused request is answered 403 and never reaches the application.
/// </summary>
public sealed class WebTransportOriginPolicy
{
    private readonly Func<string?, string, bool> _allows;

    private WebTransportOriginPolicy(Func<string?, string, bool> allows) => _allows = allows;

    /// <summary>
    /// The default: pages from the host the request was sent to, on any port and over http or https, and clients that send no origin.
    /// </summary>
    public static WebTransportOriginPolicy SameHost { get; } =
        new(static (origin, authority) => origin is null || IsSameHost(origin, authority));

    /// <summary>Any page and any client. Only for servers that authenticate by something else than where a page came from.</summary>
    public static WebTransportOriginPolicy AllowAll { get; } = new(static (_, _) => true);

    /// <summary>Pages from exactly these origins, and clients that send none.</summary>
    /// <param name="origins">Serialized origins as browsers send them: scheme, host and, unless it is the scheme's own, port;
    /// <c>https://app.example:8443</c>.</param>
    /// <exception cref="ArgumentException">An entry is not an origin: it has a path, a trailing slash or no host.</exception>
    public static WebTransportOriginPolicy AllowOrigins(params IEnumerable<string> origins)
    {
        ArgumentNullException.ThrowIfNull(origins);
        var allowed = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var origin in origins)
        {
            if (!TryParseOrigin(origin, out var uri))
                throw new ArgumentException(
                    $"'{origin}' is not an origin. Write scheme, host and port only, as in https://app.example:8443.", nameof(origins));
            allowed.Add(Serialize(uri));
        }

        return new WebTransportOriginPolicy((origin, _) =>
            origin is null || (TryParseOrigin(origin, out var uri) && allowed.Contains(Serialize(uri))));
    }

    /// <summary>A rule of the application's own.</summary>
    /// <param name="allows">
    /// Gets the origin (null when the request has none) and the request's authority (host and port), and says whether to go on. It may be
    /// called for several requests at once; when it throws, the request is refused.
    /// </param>
    public static WebTransportOriginPolicy Custom(Func<string?, string, bool> allows)
    {
        ArgumentNullException.ThrowIfNull(allows);
        return new WebTransportOriginPolicy(allows);
    }

    /// <summary>Whether a request to <paramref name="authority"/> from a page of <paramref name="origin"/> may go on.</summary>
    /// <param name="origin">The <c>origin</c> header, null when there is none.</param>
    /// <param name="authority">The request's host and, optionally, port.</param>
    public bool Allows(string? origin, string authority)
    {
        ArgumentNullException.ThrowIfNull(authority);
        return _allows(origin, authority);
    }

    private static bool IsSameHost(string origin, string authority) =>
        TryParseOrigin(origin, out var page)
        && Uri.TryCreate($"https://{authority}", UriKind.Absolute, out var server)
        && server.UserInfo.Length == 0
        && server.PathAndQuery is "/"
        && string.Equals(page.IdnHost, server.IdnHost, StringComparison.OrdinalIgnoreCase);

    // RFC 6454 §7: scheme "://" host [ ":" port ], or "null" for a page that has none to show (a file, a sandbox), which no rule lets in.
    private static bool TryParseOrigin(string origin, out Uri uri)
    {
        uri = null!;
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var parsed) || parsed.Host.Length == 0 || parsed.UserInfo.Length != 0)
            return false;
        var afterScheme = origin.IndexOf("://", StringComparison.Ordinal);
        if (afterScheme < 0 || origin.AsSpan(afterScheme + 3).ContainsAny('/', '?', '#'))
            return false;
        uri = parsed;
        return true;
    }

    private static string Serialize(Uri uri) =>
        uri.IsDefaultPort ? $"{uri.Scheme}://{uri.IdnHost}" : $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}";
}
