using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>Whoever reads and writes the messages of a stream: it ends the stream or the connection when a rule is broken.</summary>
internal interface IMessageOwner
{
    bool IsServer { get; }

    /// <summary>The largest field section the peer wants, as RFC 9114 §4.2.2 counts, or null where it said nothing yet.</summary>
    long? PeerMaxFieldSectionSize { get; }

    /// <summary>Why the exchange is over though this side could still read or write, or null: the server rejected the request.</summary>
    Http3Exception? Rejection { get; }

    /// <summary>What a failure of the stream beneath means. Every way by which one reaches the caller goes through here.</summary>
    Exception Translate(QuicException exception);

    /// <summary>The peer broke a rule; called once, before the same error is thrown at the reader.</summary>
    void OnProtocolError(Http3Exception error);

    /// <summary>Writes the last bytes of a message and ends the sending half with them, in one packet if they fit.</summary>
    ValueTask WriteLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    void Abort(QuicAbortDirection direction, Http3ErrorCode code);
}

/// <summary>Which message a reader reads.</summary>
internal enum MessageRole
{
    /// <summary>A server reads a request.</summary>
    Request,

    /// <summary>A client reads responses.</summary>
    Response,
}
