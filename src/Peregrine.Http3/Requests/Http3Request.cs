namespace Peregrine.Http3;

/// <summary>The header section of a request that a client sends (RFC 9114 §4.3.1).</summary>
public sealed class Http3Request
{
    /// <summary>The method, for instance GET. Case matters. CONNECT with <see cref="Protocol"/> is an extended CONNECT.</summary>
    public required string Method { get; set; }

    /// <summary>The scheme; "https" by default. Not sent with a plain CONNECT.</summary>
    public string Scheme { get; set; } = "https";

    /// <summary>The host and, unless it is the scheme's default, the port.</summary>
    public required string Authority { get; set; }

    /// <summary>The path and query, beginning with "/", or "*" with OPTIONS. "/" by default. Not sent with a plain CONNECT.</summary>
    public string Path { get; set; } = "/";

    /// <summary>The protocol of an extended CONNECT (RFC 9220), or null.</summary>
    public string? Protocol { get; set; }

    /// <summary>
    /// The fields after the pseudo-header fields. One not sent by <see cref="Http3Request"/> itself: names beginning with a colon are
    /// refused.
    /// </summary>
    public HttpFields Headers { get; set; } = new();

    /// <summary>Whether the request has no content, so that the stream ends with the header section. False by default.</summary>
    public bool EndsStream { get; set; }

    /// <summary>Called with each interim response (1xx) before the final one, from the call that waits for the response.</summary>
    public Action<Http3Response>? InterimResponseReceived { get; set; }

    internal bool IsConnect => Method is "CONNECT";

    /// <summary>Throws when the server would have to call the request malformed.</summary>
    internal void Validate()
    {
        var problem = !FieldRules.IsToken(Method) ? "Method is not a token."
            : Protocol is not null && !IsConnect ? "Protocol goes with the method CONNECT only (RFC 9220 §3)."
            : Protocol is not null && !FieldRules.IsToken(Protocol) ? "Protocol is not a token."
            : string.IsNullOrEmpty(Authority) || !FieldRules.IsValue(Authority) ? "Authority is empty or not allowed in HTTP."
            : !IsConnect || Protocol is not null ? ProblemOfTarget() : null;
        if (problem is not null)
            throw new ArgumentException(problem);
        ArgumentNullException.ThrowIfNull(Headers);
        foreach (var field in Headers)
        {
            if (FieldRules.IsConnectionSpecific(field.Name))
                throw new ArgumentException($"'{field.Name}' belongs to HTTP/1.1 connections (RFC 9114 §4.2); remove it.");
        }
    }

    private string? ProblemOfTarget() =>
        !RequestHead.IsScheme(Scheme) ? "Scheme is not a scheme."
        : !RequestHead.IsPath(Path, Method) ? "Path must begin with '/' and hold no spaces or control characters, or be '*' with OPTIONS."
        : null;
}
