namespace Peregrine.Http3;

/// <summary>A request's header section after validation (RFC 9114 §4.3.1 and §4.4, RFC 9220 §3). Immutable.</summary>
internal sealed class RequestHead
{
    private RequestHead(HttpFields headers)
    {
        Headers = headers;
    }

    public required string Method { get; init; }

    public string? Scheme { get; init; }

    public string? Authority { get; init; }

    public string? Path { get; init; }

    public string? Protocol { get; init; }

    public long? ContentLength { get; init; }

    public HttpFields Headers { get; }

    public bool IsConnect => Method is "CONNECT";

    /// <summary>Validates a decoded section. Throws a stream error of H3_MESSAGE_ERROR for what is malformed.</summary>
    public static RequestHead Parse(HttpFields section, bool takesExtendedConnect)
    {
        string? method = null, scheme = null, authority = null, path = null, protocol = null;
        var headers = new HttpFields();
        foreach (var (name, value) in section)
        {
            if (!name.StartsWith(':'))
            {
                FieldSection.CheckField(name, value);
                headers.AddUnchecked(name, value);
                continue;
            }

            if (headers.Count != 0)
                throw Http3Exception.Malformed($"The pseudo-header field {FieldRules.Printable(name)} comes after a field.");
            switch (name)
            {
                case ":method":
                    SetOnce(ref method, name, value);
                    break;
                case ":scheme":
                    SetOnce(ref scheme, name, value);
                    break;
                case ":authority":
                    SetOnce(ref authority, name, value);
                    break;
                case ":path":
                    SetOnce(ref path, name, value);
                    break;
                case ":protocol":
                    SetOnce(ref protocol, name, value);
                    break;
                default:
                    throw Http3Exception.Malformed($"A request has no pseudo-header field {FieldRules.Printable(name)}.");
            }
        }

        if (!FieldRules.IsToken(method))
            throw Http3Exception.Malformed(":method is missing or no token.");
        var isConnect = method is "CONNECT";
        CheckProtocol(protocol, isConnect, takesExtendedConnect);
        if (isConnect && protocol is null)
            CheckConnect(scheme, path, authority);
        else
            CheckTarget(method!, scheme, path);
        return new RequestHead(headers)
        {
            Method = method!,
            Scheme = scheme,
            Authority = CheckAuthority(scheme, authority, headers),
            Path = path,
            Protocol = protocol,
            ContentLength = isConnect ? null : FieldSection.ContentLength(headers),
        };
    }

    /// <summary>The section a client sends, pseudo-header fields first (RFC 9114 §4.3).</summary>
    public static HttpFields Create(Http3Request request)
    {
        var section = new HttpFields();
        section.AddUnchecked(":method", request.Method);
        if (!request.IsConnect || request.Protocol is not null)
            section.AddUnchecked(":scheme", request.Scheme);
        section.AddUnchecked(":authority", request.Authority);
        if (!request.IsConnect || request.Protocol is not null)
            section.AddUnchecked(":path", request.Path);
        if (request.Protocol is not null)
            section.AddUnchecked(":protocol", request.Protocol);
        foreach (var (name, value) in request.Headers)
            section.AddUnchecked(name, value);
        return section;
    }

    public static bool IsScheme(ReadOnlySpan<char> scheme)
    {
        if (scheme.IsEmpty || !char.IsAsciiLetter(scheme[0]))
            return false;
        foreach (var c in scheme)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.'))
                return false;
        }

        return true;
    }

    public static bool IsPath(string? path, string method)
    {
        if (string.IsNullOrEmpty(path) || (path[0] != '/' && !(path is "*" && method is "OPTIONS")))
            return false;
        foreach (var c in path)
        {
            if (c is <= ' ' or '\u007f' or > '\u00ff')
                return false;
        }

        return true;
    }

    private static void SetOnce(ref string? field, string name, string value)
    {
        if (field is not null)
            throw Http3Exception.Malformed($"{name} is there twice.");
        if (!FieldRules.IsValue(value))
            throw Http3Exception.Malformed($"{name} holds a character that is not allowed.");
        field = value;
    }

    private static void CheckProtocol(string? protocol, bool isConnect, bool takesExtendedConnect)
    {
        if (protocol is null)
            return;
        if (!isConnect)
            throw Http3Exception.Malformed(":protocol goes with the method CONNECT only.");
        // RFC 9220 §3: a pseudo-header field that was not negotiated is not defined.
        if (!takesExtendedConnect)
            throw Http3Exception.Malformed(":protocol was sent though SETTINGS_ENABLE_CONNECT_PROTOCOL is not announced.");
        if (!FieldRules.IsToken(protocol))
            throw Http3Exception.Malformed(":protocol is no token.");
    }

    // RFC 9114 §4.4.
    private static void CheckConnect(string? scheme, string? path, string? authority)
    {
        if (scheme is not null || path is not null)
            throw Http3Exception.Malformed("A CONNECT request has no :scheme and no :path.");
        if (string.IsNullOrEmpty(authority))
            throw Http3Exception.Malformed("A CONNECT request needs :authority.");
    }

    private static void CheckTarget(string method, string? scheme, string? path)
    {
        if (!IsScheme(scheme))
            throw Http3Exception.Malformed(":scheme is missing or no scheme.");
        if (path is null)
            throw Http3Exception.Malformed(":path is missing.");
        var isHttp = IsHttp(scheme);
        if (isHttp ? !IsPath(path, method) : path.AsSpan().ContainsAny(' ', '\u007f'))
            throw Http3Exception.Malformed(":path is empty, does not begin with '/', or holds a character that is not allowed.");
    }

    // RFC 9114 §4.3.1: http and https need :authority or Host, and where both are there, they are the same.
    private static string? CheckAuthority(string? scheme, string? authority, HttpFields headers)
    {
        string? host = null;
        foreach (var (name, value) in headers)
        {
            if (name is not "host")
                continue;
            if (host is not null)
                throw Http3Exception.Malformed("Host is there twice.");
            host = value;
        }

        if (authority is "" || host is "")
            throw Http3Exception.Malformed(":authority or Host is empty.");
        if (authority is not null && host is not null && !string.Equals(authority, host, StringComparison.OrdinalIgnoreCase))
            throw Http3Exception.Malformed(":authority and Host differ.");
        var named = authority ?? host;
        if (named is null)
        {
            if (scheme is null || IsHttp(scheme))
                throw Http3Exception.Malformed("A request needs :authority or Host.");
            return null;
        }

        if (named.AsSpan().ContainsAny(" /?#\\") || named.Contains('@', StringComparison.Ordinal))
            throw Http3Exception.Malformed("The authority holds user information or a character that is not allowed.");
        return named;
    }

    private static bool IsHttp(string? scheme) =>
        string.Equals(scheme, "https", StringComparison.OrdinalIgnoreCase)
        || string.Equals(scheme, "http", StringComparison.OrdinalIgnoreCase);
}
