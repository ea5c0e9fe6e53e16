using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// Takes the streams that the peer opens and gives each to whom its first varint names (RFC 9114 §6). Each stream is read by a task of its
/// own, so that a silent one holds up no other; how many there can be is the transport's limit.
/// </summary>
internal sealed class InboundStreams(Http3Connection connection)
{
    private readonly UniqueStreams _unique = new();

    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var stream = await connection.Transport.AcceptInboundStreamAsync(connection.ClosingToken).ConfigureAwait(false);
                _ = Task.Run(() => ServeAsync(stream), CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection has ended.
        }
    }

    private async Task ServeAsync(QuicStream stream)
    {
        try
        {
            if (stream.Type == QuicStreamType.Unidirectional)
                await ServeUnidirectionalAsync(stream).ConfigureAwait(false);
            else
                await ServeBidirectionalAsync(stream).ConfigureAwait(false);
        }
        catch (Http3Exception error)
        {
            if (!connection.FailIfConnectionError(error))
            {
                connection.Log.StreamFailed(stream.Id, error.ErrorCode, error.Message);
                End(stream, error.ErrorCode);
            }
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException or OperationCanceledException)
        {
            // RFC 9114 §6.2: streams may be reset before they say what they are.
            End(stream, Http3ErrorCode.RequestCancelled);
        }
#pragma warning disable CA1031 // Whatever a handler throws ends its stream only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            connection.Log.HandlerFailed(stream.Id, exception);
            End(stream, Http3ErrorCode.InternalError);
        }
    }

    private async ValueTask ServeBidirectionalAsync(QuicStream stream)
    {
        var signals = connection.Extensions.Bidirectional;
        // RFC 9114 §6.1: a server opens none, unless an extension says that it may.
        if (!connection.IsServer && signals.Count == 0)
            throw Http3Exception.OnConnection(Http3ErrorCode.StreamCreationError, "The server opened a bidirectional stream.");

        var first = await ReadFirstAsync(stream, signals.ContainsKey).ConfigureAwait(false);
        if (first is { } signal && signals.TryGetValue(signal, out var handler))
            await handler(connection, stream, connection.ClosingToken).ConfigureAwait(false);
        else
            await connection.OnRequestStreamAsync(stream).ConfigureAwait(false);
    }

    private async ValueTask<ulong?> ReadFirstAsync(QuicStream stream, Func<ulong, bool> consumes)
    {
        using var timeout = new CancellationTokenSource(connection.Options.RequestHeadTimeout, connection.Options.TimeProvider);
        try
        {
            return await StreamPrefix.ReadAsync(stream.Input, consumes, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw Http3Exception.OnStream(Http3ErrorCode.RequestIncomplete, "The stream did not say in time what it is.");
        }
    }

    private async ValueTask ServeUnidirectionalAsync(QuicStream stream)
    {
        var type = await StreamPrefix.ReadAsync(stream.Input, static _ => true, connection.ClosingToken).ConfigureAwait(false);
        switch (type)
        {
            case null:
                stream.Dispose();
                break;
            case StreamType.Control:
                _unique.Claim(StreamType.Control);
                await new ControlStreamReceiver(connection).RunAsync(stream.Input).ConfigureAwait(false);
                break;
            case StreamType.QpackEncoder:
                _unique.Claim(StreamType.QpackEncoder);
                await QpackStreams.RunEncoderAsync(stream.Input).ConfigureAwait(false);
                break;
            case StreamType.QpackDecoder:
                _unique.Claim(StreamType.QpackDecoder);
                await QpackStreams.RunDecoderAsync(stream.Input).ConfigureAwait(false);
                break;
            case StreamType.Push:
                // RFC 9114 §6.2.2 and §4.6: only servers push, and we allow no push ID.
                throw connection.IsServer
                    ? Http3Exception.OnConnection(Http3ErrorCode.StreamCreationError, "A client opened a push stream.")
                    : Http3Exception.OnConnection(Http3ErrorCode.IdError, "The server pushed though no push ID was allowed.");
            case { } other when connection.Extensions.Unidirectional.TryGetValue(other, out var handler):
                await handler(connection, stream, connection.ClosingToken).ConfigureAwait(false);
                break;
            case { } unknown:
                // RFC 9114 §6.2: never an error of the connection.
                connection.Log.UnknownStreamType(stream.Id, unknown);
                End(stream, Http3ErrorCode.StreamCreationError);
                break;
        }
    }

    private static void End(QuicStream stream, Http3ErrorCode code)
    {
        stream.Abort(QuicAbortDirection.Both, (long)code);
        stream.Dispose();
    }
}
