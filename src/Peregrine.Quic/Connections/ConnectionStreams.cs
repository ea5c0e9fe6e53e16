using System.Diagnostics.CodeAnalysis;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// The streams of a connection as the application sees them: opening, accepting, and who waits for either. It owns the list of streams the
/// application holds. Called under the connection's lock unless said otherwise.
/// </summary>
internal sealed class ConnectionStreams(QuicConnection connection, ConnectionDriver driver)
{
    private readonly WaitQueue _accepting = new(driver.Gate);
    private readonly WaitQueue _openingBidirectional = new(driver.Gate);
    private readonly WaitQueue _openingUnidirectional = new(driver.Gate);
    private readonly LinkedList<QuicStream> _live = [];

    /// <summary>Takes the lock.</summary>
    public bool TryOpen(QuicStreamType type, [NotNullWhen(true)] out QuicStream? stream)
    {
        lock (driver.Gate)
        {
            connection.ThrowIfNotUsable();
            stream = TryOpenCore(type);
            return stream is not null;
        }
    }

    /// <summary>Takes the lock.</summary>
    public ValueTask<QuicStream> OpenAsync(QuicStreamType type, CancellationToken cancellationToken)
    {
        try
        {
            lock (driver.Gate)
            {
                connection.ThrowIfNotUsable();
                var stream = TryOpenCore(type);
                if (stream is not null)
                    return new ValueTask<QuicStream>(stream);

                // STREAMS_BLOCKED is due (RFC 9000 §19.14).
                var wait = Opening(type).WaitAsync(cancellationToken);
                driver.Flush();
                return WaitAndOpenAsync(type, wait, cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<QuicStream>(e);
        }
    }

    /// <summary>Takes the lock.</summary>
    public ValueTask<QuicStream> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            lock (driver.Gate)
            {
                connection.ThrowIfNotUsable();
                return driver.Engine.Streams.TryAccept() is { } accepted
                    ? new ValueTask<QuicStream>(Adopt(accepted))
                    : WaitAndAcceptAsync(_accepting.WaitAsync(cancellationToken), cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<QuicStream>(e);
        }
    }

    public void OnOpenedByPeer() => _accepting.Pulse();

    public void OnCredit(StreamDirection direction) =>
        (direction == StreamDirection.Bidirectional ? _openingBidirectional : _openingUnidirectional).Pulse();

    public void OnClosed()
    {
        _accepting.Pulse();
        _openingBidirectional.Pulse();
        _openingUnidirectional.Pulse();
        while (_live.First is { } node)
        {
            _live.Remove(node);
            node.Value.OnConnectionClosed();
        }
    }

    /// <summary>
    /// The application does no more with the stream: the core may forget it, and give the peer its credit back, once it is over on the
    /// wire.
    /// </summary>
    public void Release(QuicStream stream) => driver.Engine.Streams.Release(stream.Core);

    /// <summary>Nothing that happens on the connection concerns the stream any more.</summary>
    public void Forget(QuicStream stream)
    {
        if (stream.Node.List is not null)
            _live.Remove(stream.Node);
    }

    private async ValueTask<QuicStream> WaitAndOpenAsync(QuicStreamType type, ValueTask wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            await wait.ConfigureAwait(false);
            lock (driver.Gate)
            {
                connection.ThrowIfClosed();
                if (TryOpenCore(type) is { } stream)
                    return stream;
                wait = Opening(type).WaitAsync(cancellationToken);
            }
        }
    }

    private async ValueTask<QuicStream> WaitAndAcceptAsync(ValueTask wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            await wait.ConfigureAwait(false);
            lock (driver.Gate)
            {
                connection.ThrowIfClosed();
                if (driver.Engine.Streams.TryAccept() is { } accepted)
                    return Adopt(accepted);
                wait = _accepting.WaitAsync(cancellationToken);
            }
        }
    }

    private QuicStream? TryOpenCore(QuicStreamType type)
    {
        var opened = driver.Engine.Streams.TryOpen(type == QuicStreamType.Bidirectional
            ? StreamDirection.Bidirectional
            : StreamDirection.Unidirectional);
        return opened is null ? null : Adopt(opened);
    }

    private QuicStream Adopt(CoreStream core)
    {
        var stream = new QuicStream(connection, driver, core);
        core.Owner = stream;
        _live.AddLast(stream.Node);
        return stream;
    }

    private WaitQueue Opening(QuicStreamType type) =>
        type == QuicStreamType.Bidirectional ? _openingBidirectional : _openingUnidirectional;
}
