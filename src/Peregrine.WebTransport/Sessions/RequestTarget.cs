using Peregrine.Http3;

namespace Peregrine.WebTransport;

/// <summary>What the request of a session asked for: its pseudo-header fields (RFC 9220 §3), and its fields. Immutable.</summary>
internal sealed record RequestTarget(
    string Method, string Scheme, string Authority, string PathAndQuery, string ConnectProtocol, WebTransportHeaders Headers)
{
    public static RequestTarget Of(Http3ServerRequest request) => new(
        request.Method, request.Scheme ?? "", request.Authority ?? "", request.Path ?? "/", request.Protocol ?? "",
        WebTransportHeaders.ReadOnly(request.Headers));

    public static RequestTarget Of(Http3Request request) => new(
        request.Method, request.Scheme, request.Authority, request.Path, request.Protocol ?? "",
        WebTransportHeaders.ReadOnly(request.Headers));

    /// <summary>Up to the question mark, as it came.</summary>
    public string Path => PathAndQuery.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark ? PathAndQuery[..mark] : PathAndQuery;

    /// <summary>From the question mark on, as it came; empty when there is none.</summary>
    public string Query => PathAndQuery.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark ? PathAndQuery[mark..] : "";
}
