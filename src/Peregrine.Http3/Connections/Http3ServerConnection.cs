using System.Threading.Channels;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// The server's side of an HTTP/3 connection. It may be made as soon as the QUIC connection is handed over: SETTINGS then leave with the
/// server's first flight, before the client's handshake is complete.
/// </summary>
public sealed class Http3ServerConnection : Http3Connection
{
    private readonly Channel<Http3ServerRequest> _requests;
    private long _nextStreamId;
    private long _goAwayId = long.MaxValue;
    private int _activeRequests;

    /// <summary>Begins HTTP/3 on a QUIC connection whose ALPN is h3, and owns it from here on.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Http3ServerConnection(QuicConnection transport, Http3ConnectionOptions? options = null)
        : base(transport, options, isServer: true)
    {
        _requests = Channel.CreateBounded<Http3ServerRequest>(Options.MaxPendingRequests);
        Start();
    }

    /// <summary>Requests that were accepted or wait to be, and are not disposed.</summary>
    public int ActiveRequests => Volatile.Read(ref _activeRequests);

    /// <summary>
    /// The next request whose header section arrived and is well-formed. Malformed ones are answered by the library. A cancelled call
    /// loses none.
    /// </summary>
    /// <exception cref="Http3Exception">The connection has ended.</exception>
    public async ValueTask<Http3ServerRequest> AcceptRequestAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _requests.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            var failure = Failure!;
            throw new Http3Exception(failure.ErrorCode, failure.Scope, failure.Message, failure.InnerException);
        }
    }

    internal void OnRequestDisposed() => Interlocked.Decrement(ref _activeRequests);

    internal override async ValueTask OnRequestStreamAsync(QuicStream stream)
    {
        if (!TryAdmit(stream))
            return;
        var request = new Http3ServerRequest(this, new QuicMessageTransport(stream));
        if (!await request.ReadHeadAsync().ConfigureAwait(false))
        {
            await request.DisposeAsync().ConfigureAwait(false);
            return;
        }

        if (_requests.Writer.TryWrite(request))
            return;
        Log.RequestRejected(stream.Id, "too many requests wait to be accepted");
        request.Abort(Http3ErrorCode.RequestRejected);
        await request.DisposeAsync().ConfigureAwait(false);
    }

    private protected override long NextGoAwayId()
    {
        // RFC 9114 §5.2: the first stream that is not processed, and never more than said before.
        var id = Math.Min(Volatile.Read(ref _nextStreamId), Volatile.Read(ref _goAwayId));
        Volatile.Write(ref _goAwayId, id);
        return id;
    }

    private protected override void OnPeerGoAway(long id)
    {
        // A client's GOAWAY names a push, and we push nothing.
    }

    private protected override void OnClosed()
    {
        // The constructor of the base cannot close the connection, so the channel exists.
        _requests.Writer.TryComplete();
        while (_requests.Reader.TryRead(out var request))
            request.Close();
    }

    private bool TryAdmit(QuicStream stream)
    {
        string problem;
        if (stream.Id >= Volatile.Read(ref _goAwayId))
        {
            problem = "it came after our GOAWAY";
        }
        else if (Interlocked.Increment(ref _activeRequests) > Options.MaxConcurrentRequests)
        {
            Interlocked.Decrement(ref _activeRequests);
            problem = "too many requests are under way";
        }
        else
        {
            RaiseNextStreamId(stream.Id + 4);
            return true;
        }

        Log.RequestRejected(stream.Id, problem);
        stream.Abort(QuicAbortDirection.Both, (long)Http3ErrorCode.RequestRejected);
        stream.Dispose();
        return false;
    }

    private void RaiseNextStreamId(long id)
    {
        var current = Volatile.Read(ref _nextStreamId);
        while (id > current)
        {
            var seen = Interlocked.CompareExchange(ref _nextStreamId, id, current);
            if (seen == current)
                return;
            current = seen;
        }
    }
}
