namespace Peregrine.Http3;

/// <summary>The header section of a response, and where its content is read.</summary>
public sealed class Http3Response
{
    internal Http3Response(Http3ClientRequest request, int status, HttpFields headers)
    {
        Request = request;
        Status = status;
        Headers = headers;
    }

    /// <summary>The exchange: content, trailers, abort, disposal.</summary>
    public Http3ClientRequest Request { get; }

    /// <summary>The status code, 100 to 999.</summary>
    public int Status { get; }

    /// <summary>True for 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and <= 299;

    /// <summary>The fields, without <c>:status</c>.</summary>
    public HttpFields Headers { get; }
}
