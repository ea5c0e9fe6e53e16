using System.Threading.Channels;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// The server's side of an HTTP/3 connection. It may be made as soon as the QUIC connection is handed over: SETTINGS then leave with the
/// server's first flight, before the client's handshake is complete.
/// </summary>
public sealed class Http3ServerConnection : Http3Connection
{
    // However slow the path: a server that shuts down wants to be done.
    private static readonly TimeSpan MaxGoAwayGrace = TimeSpan.FromSeconds(1);

    private readonly Channel<Http3ServerRequest> _requests;
    private readonly RequestAdmission _admission;

    /// <summary>Begins HTTP/3 on a QUIC connection whose ALPN is h3, and owns it from here on.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Http3ServerConnection(QuicConnection transport, Http3ConnectionOptions? options = null)
        : base(transport, options, isServer: true)
    {
        _admission = new RequestAdmission(Options.MaxConcurrentRequests);
        _requests = Channel.CreateBounded<Http3ServerRequest>(Options.MaxPendingRequests);
        Start();
    }

    /// <summary>Requests that were accepted or wait to be, and are not disposed.</summary>
    public int ActiveRequests => _admission.Active;

    internal override long RequestsSeen => _admission.Seen;

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
            throw Failure!.Copy();
        }
    }

    internal void OnRequestDisposed()
    {
        _admission.Release();
        Http3Metrics.ActiveRequests.Add(-1, Http3Metrics.Role(isServer: true));
    }

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
        OnRejected(stream.Id, "too many requests wait to be accepted");
        request.Abort(Http3ErrorCode.RequestRejected);
        await request.DisposeAsync().ConfigureAwait(false);
    }

    private protected override async Task SendGoAwayAsync(ControlStreamSender control)
    {
        // RFC 9114 §5.2: first the largest ID, because requests are on their way that left before this arrived; then what was taken.
        await control.SendGoAwayAsync(RequestAdmission.LargestRequestId).ConfigureAwait(false);
        await Task.Delay(GoAwayGrace(), Options.TimeProvider, ClosingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await control.SendGoAwayAsync(_admission.Close()).ConfigureAwait(false);
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
        if (_admission.TryAdmit(stream.Id) is not { } problem)
        {
            Http3Metrics.ActiveRequests.Add(1, Http3Metrics.Role(isServer: true));
            return true;
        }

        OnRejected(stream.Id, problem);
        stream.Abort(QuicAbortDirection.Both, (long)Http3ErrorCode.RequestRejected);
        stream.Dispose();
        return false;
    }

    private void OnRejected(long streamId, string problem)
    {
        Log.RequestRejected(streamId, problem);
        Http3Metrics.Rejected.Add(1, new KeyValuePair<string, object?>("reason", problem));
    }

    // A round trip and some more, for what was sent while the first GOAWAY was on its way.
    private TimeSpan GoAwayGrace()
    {
        var roundTrip = Transport.GetStatistics().SmoothedRtt * 1.5;
        return roundTrip < MaxGoAwayGrace ? roundTrip : MaxGoAwayGrace;
    }
}
