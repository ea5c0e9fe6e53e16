namespace Peregrine.Http3;

/// <summary>
/// An HTTP/3 error: its code, how far it reaches, and one sentence. A handler of an extension may throw one: with
/// <see cref="Http3ErrorScope.Stream"/> its stream is reset with the code, with <see cref="Http3ErrorScope.Connection"/> the connection
/// is closed with it.
/// </summary>
public sealed class Http3Exception : IOException
{
    /// <summary>An error with this code, reach and sentence.</summary>
    public Http3Exception(Http3ErrorCode errorCode, Http3ErrorScope scope, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorCode = errorCode;
        Scope = scope;
    }

    /// <summary>The error code (RFC 9114 §8.1).</summary>
    public Http3ErrorCode ErrorCode { get; }

    /// <summary>How far the error reaches.</summary>
    public Http3ErrorScope Scope { get; }

    /// <summary>The sentence, with the name and number of the code behind it.</summary>
    public override string Message => $"{base.Message} [{Http3ErrorCodes.Describe(ErrorCode)}]";

    /// <summary>The sentence alone.</summary>
    internal string Sentence => base.Message;

    /// <summary>The same error, for another caller to throw.</summary>
    internal Http3Exception Copy() => new(ErrorCode, Scope, Sentence, InnerException);

    internal static Http3Exception OnConnection(Http3ErrorCode code, string message, Exception? innerException = null) =>
        new(code, Http3ErrorScope.Connection, message, innerException);

    internal static Http3Exception OnStream(Http3ErrorCode code, string message) => new(code, Http3ErrorScope.Stream, message);

    /// <summary>RFC 9114 §4.1.2: a malformed message is a stream error.</summary>
    internal static Http3Exception Malformed(string message) => new(Http3ErrorCode.MessageError, Http3ErrorScope.Stream, message);
}
