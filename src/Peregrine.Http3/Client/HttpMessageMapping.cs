using System.Net;
using System.Net.Http.Headers;

namespace Peregrine.Http3;

/// <summary>Between the messages of System.Net.Http and those of HTTP/3.</summary>
internal static class HttpMessageMapping
{
    public static Http3Request ToRequest(HttpRequestMessage message)
    {
        var uri = message.RequestUri!;
        var request = new Http3Request
        {
            Method = message.Method.Method,
            Authority = message.Headers.Host ?? (uri.IsDefaultPort ? uri.IdnHost : $"{uri.IdnHost}:{uri.Port}"),
            Path = uri.PathAndQuery,
            EndsStream = message.Content is null,
        };
        Copy(message.Headers, request.Headers);
        if (message.Content is { } content)
        {
            // Asking for the length makes content that knows it say so.
            _ = content.Headers.ContentLength;
            Copy(content.Headers, request.Headers);
        }

        return request;
    }

    public static HttpResponseMessage ToResponse(Http3Response response, HttpRequestMessage request)
    {
        var message = new HttpResponseMessage((HttpStatusCode)response.Status)
        {
            Version = HttpVersion.Version30,
            RequestMessage = request,
        };
        message.Content = new StreamContent(new ResponseContentStream(response.Request, message.TrailingHeaders));
        foreach (var (name, value) in response.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private static void Copy(HttpHeaders from, HttpFields to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            // RFC 9114 §4.2: what concerns one HTTP/1.1 connection has no place here; Host became :authority.
            var lower = name.ToLowerInvariant();
            if (lower is "host" or "expect" || FieldRules.IsConnectionSpecific(lower))
                continue;
            if (lower is "te")
            {
                // RFC 9114 §4.2: nothing but "trailers".
                if (values.Any(static value => string.Equals(value.Trim(), "trailers", StringComparison.OrdinalIgnoreCase)))
                    to.Add(lower, "trailers");
            }
            else if (lower is "cookie")
            {
                // RFC 9114 §4.2.1: no list, but it may be cut into lines, which compress better.
                foreach (var value in values)
                    Add(to, lower, value);
            }
            else
            {
                // One line, joined as this header is: User-Agent by spaces, lists by commas.
                Add(to, lower, values.ToString());
            }
        }
    }

    private static void Add(HttpFields to, string name, string value)
    {
        try
        {
            to.Add(name, value.Trim(' ', '\t'));
        }
        catch (ArgumentException exception)
        {
            // As SocketsHttpHandler: what a header object took and the wire cannot carry fails the request.
            throw new HttpRequestException($"The request header {name} cannot be sent: {exception.Message}", exception);
        }
    }
}
