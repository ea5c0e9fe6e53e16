using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// Takes a stream whose type or signal an extension registered. Both ways of reading it, <see cref="QuicStream.Input"/> and the
/// <see cref="Stream"/>, begin with the byte after that type or signal. The handler owns the stream: it may keep it beyond its own end and
/// disposes it. An <see cref="Http3Exception"/> it throws resets the stream or closes the connection, as its scope says; any other
/// exception resets the stream with H3_INTERNAL_ERROR. Handlers are called one after the other on the connection's one loop, in the order
/// in
/// which the streams arrived: what blocks or takes long comes after the first await that yields.
/// </summary>
/// <param name="connection">The connection the stream belongs to.</param>
/// <param name="stream">The stream, after its type or signal.</param>
/// <param name="cancellationToken">Fires when the connection is closed.</param>
public delegate ValueTask Http3StreamHandler(Http3Connection connection, QuicStream stream, CancellationToken cancellationToken);

/// <summary>
/// Takes the payload of one HTTP datagram (RFC 9297 §2.1). Called from the connection's one receiving loop, and for a datagram in a
/// capsule (RFC 9297 §3.5) by whoever reads capsules, so it must be thread-safe, and neither block nor keep the span. An exception it
/// throws resets the stream with H3_INTERNAL_ERROR.
/// </summary>
/// <param name="payload">The payload, valid during the call.</param>
public delegate void Http3DatagramReceiver(ReadOnlySpan<byte> payload);

/// <summary>
/// Takes a datagram that no request stream claimed, for instance because it came before its request. Called as
/// <see cref="Http3DatagramReceiver"/> is. To close the connection, throw an <see cref="Http3Exception"/> of that scope.
/// </summary>
/// <param name="connection">The connection it came on.</param>
/// <param name="streamId">The ID of the request stream it names: a client-initiated bidirectional one, which may never be opened.</param>
/// <param name="payload">The payload, valid during the call.</param>
public delegate void Http3UnclaimedDatagramReceiver(Http3Connection connection, long streamId, ReadOnlySpan<byte> payload);
