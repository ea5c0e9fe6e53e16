using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// Takes the streams that the peer opens and gives each to whom its first varint names (RFC 9114 §6), in the order of their arrival, on one
/// loop. Only a stream whose first varint is not there yet is waited for aside, so that it holds up no other; how many of those there can
/// be
/// is the transport's limit.
/// </summary>
internal sealed class InboundStreams
{
    private readonly Http3Connection _connection;
    private readonly UniqueStreams _unique = new();
    private readonly ArrivalBarrier _arrivals = new();
    private readonly Func<ulong, bool> _isSignal;
    private readonly Func<ulong, bool> _isAny = static _ => true;

    public InboundStreams(Http3Connection connection)
    {
        _connection = connection;
        _isSignal = connection.Extensions.Bidirectional.ContainsKey;
    }

    /// <summary>Done when every stream that had arrived before this call was given to whom it is for.</summary>
    public Task ServeArrivedAsync() => _arrivals.PassAsync();

    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    Serve(await AcceptAsync().ConfigureAwait(false));
                }
                catch (OperationCanceledException)
                {
                    // Somebody wants to know whether all that arrived was served: the next accept tells. None is lost.
                }
            }
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException)
        {
            // The connection has ended.
        }
#pragma warning disable CA1031 // Whatever else it is: a connection that accepts no streams any more must not seem alive.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _connection.FailInternally(exception);
        }
        finally
        {
            _arrivals.OnOver();
        }
    }

    private ValueTask<QuicStream> AcceptAsync()
    {
        var accepting = _connection.Transport.AcceptInboundStreamAsync(_arrivals.OnAccepting());
        if (!accepting.IsCompleted)
            _arrivals.OnIdle();
        return accepting;
    }

    private void Serve(QuicStream stream)
    {
        try
        {
            CheckDirection(stream);
            if (!StreamPrefix.TryTake(stream.Input, ConsumedOn(stream), out var first))
            {
                _ = ObserveAsync(stream, ReadAndDispatchAsync(stream));
                return;
            }

            var serving = Dispatch(stream, first);
            if (!serving.IsCompletedSuccessfully)
                _ = ObserveAsync(stream, serving);
        }
#pragma warning disable CA1031 // Whatever a handler throws ends its stream only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            OnFailed(stream, exception);
        }
    }

    private async Task ObserveAsync(QuicStream stream, ValueTask serving)
    {
        try
        {
            try
            {
                await serving.ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever a handler throws ends its stream only.
            catch (Exception exception)
            {
                OnFailed(stream, exception);
            }
        }
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _connection.FailInternally(exception);
        }
    }

    private async ValueTask ReadAndDispatchAsync(QuicStream stream)
    {
        // RFC 9114 §6.2 sets no time for unidirectional streams to say what they are; a request has one.
        var first = stream.Type == QuicStreamType.Unidirectional
            ? await StreamPrefix.ReadAsync(stream.Input, _isAny, _connection.ClosingToken).ConfigureAwait(false)
            : await ReadSignalAsync(stream).ConfigureAwait(false);
        await Dispatch(stream, first).ConfigureAwait(false);
    }

    private async ValueTask<ulong?> ReadSignalAsync(QuicStream stream)
    {
        using var timeout = new CancellationTokenSource(_connection.Options.RequestHeadTimeout, _connection.Options.TimeProvider);
        try
        {
            return await StreamPrefix.ReadAsync(stream.Input, _isSignal, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw Http3Exception.OnStream(Http3ErrorCode.RequestIncomplete, "The stream did not say in time what it is.");
        }
    }

    private Func<ulong, bool> ConsumedOn(QuicStream stream) => stream.Type == QuicStreamType.Unidirectional ? _isAny : _isSignal;

    // RFC 9114 §6.1: a server opens none, unless an extension says that it may.
    private void CheckDirection(QuicStream stream)
    {
        if (stream.Type == QuicStreamType.Bidirectional && !_connection.IsServer && _connection.Extensions.Bidirectional.Count == 0)
            throw Http3Exception.OnConnection(Http3ErrorCode.StreamCreationError, "The server opened a bidirectional stream.");
    }

    private ValueTask Dispatch(QuicStream stream, ulong? first)
    {
        if (stream.Type == QuicStreamType.Unidirectional)
            return DispatchUnidirectional(stream, first);
        return first is { } signal && _connection.Extensions.Bidirectional.TryGetValue(signal, out var handler)
            ? handler(_connection, stream, _connection.ClosingToken)
            : _connection.OnRequestStreamAsync(stream);
    }

    private ValueTask DispatchUnidirectional(QuicStream stream, ulong? type)
    {
        switch (type)
        {
            case null:
                stream.Dispose();
                return ValueTask.CompletedTask;
            case StreamType.Control:
                _unique.Claim(StreamType.Control);
                return CriticalStream.RunAsync(new ControlStreamReceiver(_connection).RunAsync(stream.Input));
            case StreamType.QpackEncoder:
                _unique.Claim(StreamType.QpackEncoder);
                return CriticalStream.RunAsync(QpackStreams.RunEncoderAsync(stream.Input));
            case StreamType.QpackDecoder:
                _unique.Claim(StreamType.QpackDecoder);
                return CriticalStream.RunAsync(QpackStreams.RunDecoderAsync(stream.Input));
            case StreamType.Push:
                // RFC 9114 §6.2.2 and §4.6: only servers push, and we allow no push ID.
                throw _connection.IsServer
                    ? Http3Exception.OnConnection(Http3ErrorCode.StreamCreationError, "A client opened a push stream.")
                    : Http3Exception.OnConnection(Http3ErrorCode.IdError, "The server pushed though no push ID was allowed.");
            case { } other when _connection.Extensions.Unidirectional.TryGetValue(other, out var handler):
                return handler(_connection, stream, _connection.ClosingToken);
            case { } unknown:
                // RFC 9114 §6.2: never an error of the connection.
                _connection.Log.UnknownStreamType(stream.Id, unknown);
                _connection.OnGlitch("streams of unknown types");
                End(stream, Http3ErrorCode.StreamCreationError);
                return ValueTask.CompletedTask;
        }
    }

    private void OnFailed(QuicStream stream, Exception exception)
    {
        switch (exception)
        {
            case Http3Exception error when _connection.FailIfConnectionError(error):
                break;
            case Http3Exception error:
                _connection.Log.StreamFailed(stream.Id, error.ErrorCode, error.Sentence);
                End(stream, error.ErrorCode);
                break;
            case QuicException or ObjectDisposedException or OperationCanceledException:
                // RFC 9114 §6.2: streams may be reset before they say what they are.
                _connection.OnGlitch("streams that are reset at once");
                End(stream, Http3ErrorCode.RequestCancelled);
                break;
            default:
                _connection.Log.HandlerFailed(stream.Id, exception);
                End(stream, Http3ErrorCode.InternalError);
                break;
        }
    }

    private static void End(QuicStream stream, Http3ErrorCode code)
    {
        stream.Abort(QuicAbortDirection.Both, (long)code);
        stream.Dispose();
    }
}
