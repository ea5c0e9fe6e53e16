using System.IO.Pipelines;
using Peregrine.Quic;
using Peregrine.Wire;

namespace Peregrine.Http3;

/// <summary>
/// One exchange on its request stream (RFC 9114 §4.1), as both sides see it. <see cref="Input"/> is the content the peer sends and
/// <see cref="Output"/> the content this side sends, without frames; after a CONNECT they are the tunnel. One read and one write may be
/// under way at a time. Dispose it when done: what is still open is then ended.
/// </summary>
public abstract class Http3RequestStream : IDuplexPipe, IAsyncDisposable, IMessageOwner
{
    private readonly byte[] _datagramPrefix = new byte[VarInt.MaxLength];
    private readonly int _datagramPrefixLength;
    private readonly Lock _lock = new();
    private CancellationTokenSource? _aborted;
    private int _isDisposed;

    private protected Http3RequestStream(Http3Connection connection, IMessageTransport transport, MessageRole role)
    {
        Connection = connection;
        Stream = transport;
        StreamId = transport.Id;
        _datagramPrefixLength = VarInt.Write(_datagramPrefix, (ulong)StreamId / 4);
        Reader = new MessageReader(transport.Input, role, connection.Limits, this);
        Writer = new MessageWriter(transport.Output, this);
    }

    /// <summary>The connection.</summary>
    public Http3Connection Connection { get; }

    /// <summary>The QUIC stream's ID: client-initiated and bidirectional, so divisible by four.</summary>
    public long StreamId { get; }

    /// <summary>
    /// The content the peer sends. On a client, get the response first. Reading throws an <see cref="Http3Exception"/> when the message is
    /// malformed and a <see cref="QuicException"/> when the stream was reset. Completing it before the end stops the peer from sending.
    /// </summary>
    public PipeReader Input => Reader;

    /// <summary>
    /// The content this side sends, a DATA frame for each flush. On a server, respond first. Completing it ends the message and the sending
    /// half; completing it with an exception resets the stream, with the code of an <see cref="Http3Exception"/> or else H3_INTERNAL_ERROR.
    /// </summary>
    public PipeWriter Output => Writer;

    /// <summary>The trailers of the peer's message, once <see cref="Input"/> has ended, or null where there were none.</summary>
    public HttpFields? Trailers => Reader.Trailers;

    /// <summary>Done when everything the peer sent was read; faults with a <see cref="QuicException"/> when that will not happen.</summary>
    public Task ReadsClosed => Stream.ReadsClosed;

    /// <summary>
    /// Done when the peer acknowledged everything sent; faults with a <see cref="QuicException"/> when that will not happen.
    /// </summary>
    public Task WritesClosed => Stream.WritesClosed;

    /// <summary>
    /// Fires when the peer reset the stream or stopped reading, when <see cref="Abort(Http3ErrorCode)"/> was called, or the connection
    /// ended.
    /// </summary>
    public CancellationToken Aborted
    {
        get
        {
            lock (_lock)
            {
                if (_aborted is null)
                {
                    _aborted = new CancellationTokenSource();
                    CancelWhenFaulted(Stream.ReadsClosed);
                    CancelWhenFaulted(Stream.WritesClosed);
                }

                return _aborted.Token;
            }
        }
    }

    /// <summary>The most payload bytes that a datagram of this request may carry at present; 0 while the peer takes none.</summary>
    public int MaxDatagramSize =>
        Connection.CanSendDatagrams ? Math.Max(0, Connection.Transport.MaxDatagramSize - _datagramPrefixLength) : 0;

    internal MessageReader Reader { get; }

    internal MessageWriter Writer { get; }

    private protected IMessageTransport Stream { get; }

    /// <summary>Sends a datagram of this request, if there is room for it now (RFC 9297 §2.1).</summary>
    /// <returns>What became of it; Unsupported until the peer's SETTINGS announced datagrams, Closed when the request is over.</returns>
    public DatagramSendResult TrySendDatagram(ReadOnlySpan<byte> payload)
    {
        if (IsSendingOver)
            return DatagramSendResult.Closed;
        return Connection.CanSendDatagrams
            ? Connection.Transport.TrySendDatagram(_datagramPrefix.AsSpan(0, _datagramPrefixLength), payload)
            : DatagramSendResult.Unsupported;
    }

    /// <summary>Sends a datagram of this request, and waits for room in the send queue if need be.</summary>
    /// <param name="payload">It must not change until the task is done.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ArgumentException">It is longer than <see cref="MaxDatagramSize"/>.</exception>
    /// <exception cref="NotSupportedException">The peer takes no datagrams.</exception>
    /// <exception cref="InvalidOperationException">The request is over.</exception>
    /// <exception cref="QuicException">The connection has ended.</exception>
    public ValueTask SendDatagramAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        if (IsSendingOver)
            throw new InvalidOperationException("The request is over; its datagrams cannot be sent any more (RFC 9297 §2.1).");
        if (!Connection.CanSendDatagrams)
            throw new NotSupportedException("The peer takes no HTTP datagrams: SETTINGS_H3_DATAGRAM is not 1.");
        return Connection.Transport.SendDatagramAsync(_datagramPrefix.AsMemory(0, _datagramPrefixLength), payload, cancellationToken);
    }

    /// <summary>Has the datagrams of this request given to a receiver from now on, in place of the one before; null drops them.</summary>
    public void ReceiveDatagrams(Http3DatagramReceiver? receiver)
    {
        lock (_lock)
        {
            if (Volatile.Read(ref _isDisposed) == 0)
                Connection.Datagrams.Set(this, receiver);
        }
    }

    /// <summary>Sends trailers and ends the message. What <see cref="Output"/> holds goes before them.</summary>
    /// <exception cref="InvalidOperationException">The message has not begun, or has ended, or is a CONNECT.</exception>
    public ValueTask WriteTrailersAsync(HttpFields trailers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        return Writer.WriteTrailersAsync(trailers, cancellationToken);
    }

    /// <summary>Ends both halves at once; what was not delivered is lost.</summary>
    public void Abort(Http3ErrorCode code) => Abort(QuicAbortDirection.Both, code);

    /// <summary>Ends one half or both at once; what was not delivered is lost.</summary>
    public void Abort(QuicAbortDirection direction, Http3ErrorCode code)
    {
        if (direction.HasFlag(QuicAbortDirection.Write))
            Writer.OnAborted();
        Stream.Abort(direction, (long)code);
    }

    /// <summary>
    /// Ends the exchange: a message that this side completed is delivered, one that it did not is reset; what was not read is stopped.
    /// It never waits for the peer.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        Close();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    bool IMessageOwner.IsServer => Connection.IsServer;

    long? IMessageOwner.PeerMaxFieldSectionSize =>
        Connection.PeerSettings is { IsCompletedSuccessfully: true, Result: var settings } ? settings.MaxFieldSectionSize : null;

    Http3Exception? IMessageOwner.Rejection => Rejection;

    Exception IMessageOwner.Translate(QuicException exception) =>
        Rejection ?? (TransportFailures.IsRejection(exception) && !Connection.IsServer
            ? TransportFailures.Rejected(exception)
            : (Exception)TransportFailures.Named(exception));

    void IMessageOwner.OnProtocolError(Http3Exception error)
    {
        if (Connection.FailIfConnectionError(error))
            return;
        Connection.Log.StreamFailed(StreamId, error.ErrorCode, error.Sentence);
        Abort(error.ErrorCode);
    }

    ValueTask IMessageOwner.WriteLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        Stream.WriteLastAsync(bytes, cancellationToken);

    void IMessageOwner.Abort(QuicAbortDirection direction, Http3ErrorCode code) => Abort(direction, code);

    /// <summary>What <see cref="DisposeAsync"/> does, which never has to wait.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
                return;
            Connection.Datagrams.Set(this, null);
        }

        OnDisposing();
        if (!Writer.IsCompleted)
            Abort(QuicAbortDirection.Write, UnfinishedCode);
        Reader.Complete();
        Writer.Release();
        _ = Connection.ObserveAsync(DisposeStreamAsync());
        OnDisposed();
    }

    /// <summary>The code with which an unfinished message is reset on disposal.</summary>
    private protected abstract Http3ErrorCode UnfinishedCode { get; }

    private protected virtual Http3Exception? Rejection => null;

    private protected bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    private bool IsSendingOver => IsDisposed || Writer.IsCompleted;

    private protected abstract void OnDisposed();

    private protected virtual void OnDisposing()
    {
    }

    // The last bytes of a completed message may still wait for the peer's credit; the stream goes when they went.
    private async Task DisposeStreamAsync()
    {
        await Writer.Ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Stream.Dispose();
    }

    private void CancelWhenFaulted(Task closed) => _ = CancelWhenFaultedAsync(closed, _aborted!);

    private async Task CancelWhenFaultedAsync(Task closed, CancellationTokenSource aborted)
    {
        await closed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (closed.IsCompletedSuccessfully)
            return;
        _ = closed.Exception;
        await aborted.CancelQuietlyAsync(Connection.Log).ConfigureAwait(false);
    }
}
