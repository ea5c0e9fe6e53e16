using System.Runtime.CompilerServices;
using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>
/// Sending and receiving datagrams, and who waits for either. Its public methods take the connection's lock; the <c>On…</c> ones are called
/// under it.
/// </summary>
internal sealed class ConnectionDatagrams(QuicConnection connection, ConnectionDriver driver)
{
    private readonly WaitQueue _receiving = new(driver.Gate);
    private readonly WaitQueue _sending = new(driver.Gate);

    public int MaxSize
    {
        get
        {
            lock (driver.Gate)
                return driver.Engine.Datagrams?.MaxDatagramSize ?? 0;
        }
    }

    public DatagramSendResult TrySend(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> datagram)
    {
        lock (driver.Gate)
            return TrySendCore(prefix, datagram);
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        try
        {
            lock (driver.Gate)
            {
                connection.ThrowIfNotUsable();
                return IsSent(prefix.Span, datagram.Span)
                    ? ValueTask.CompletedTask
                    : WaitAndSendAsync(prefix, datagram, _sending.WaitAsync(cancellationToken), cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    public bool TryReceive(Span<byte> buffer, out int length)
    {
        lock (driver.Gate)
            return TryReceiveCore(buffer, out length);
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        try
        {
            lock (driver.Gate)
            {
                if (TryReceiveCore(buffer.Span, out var length))
                    return new ValueTask<int>(length);
                connection.ThrowIfNotUsable();
                return WaitAndReceiveAsync(buffer, _receiving.WaitAsync(cancellationToken), cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    public void OnReceived() => _receiving.Pulse();

    public void OnRoom() => _sending.Pulse();

    public void OnClosed()
    {
        _receiving.Pulse();
        _sending.Pulse();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAndSendAsync(
        ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> datagram, ValueTask wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            await wait.ConfigureAwait(false);
            lock (driver.Gate)
            {
                if (IsSent(prefix.Span, datagram.Span))
                    return;
                wait = _sending.WaitAsync(cancellationToken);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAndReceiveAsync(Memory<byte> buffer, ValueTask wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            await wait.ConfigureAwait(false);
            lock (driver.Gate)
            {
                if (TryReceiveCore(buffer.Span, out var length))
                    return length;
                connection.ThrowIfClosed();
                wait = _receiving.WaitAsync(cancellationToken);
            }
        }
    }

    private DatagramSendResult TrySendCore(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> datagram)
    {
        if (driver.IsClosed)
            return DatagramSendResult.Closed;
        var result = driver.Engine.Datagrams?.TrySend(prefix, datagram);
        if (result == CoreDatagramResult.Full && driver.TryFlushCollected())
            result = driver.Engine.Datagrams!.TrySend(prefix, datagram);
        switch (result)
        {
            case CoreDatagramResult.Queued:
                driver.Flush();
                return DatagramSendResult.Queued;
            case CoreDatagramResult.Full:
                return DatagramSendResult.Full;
            case CoreDatagramResult.TooLarge:
                return DatagramSendResult.TooLarge;
            case CoreDatagramResult.Closed:
                return DatagramSendResult.Closed;
            default:
                return DatagramSendResult.Unsupported;
        }
    }

    private bool IsSent(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> datagram)
    {
        switch (TrySendCore(prefix, datagram))
        {
            case DatagramSendResult.Queued:
                return true;
            case DatagramSendResult.Full:
                return false;
            case DatagramSendResult.TooLarge:
                throw new ArgumentException(
                    $"The datagram has {prefix.Length + datagram.Length} bytes; MaxDatagramSize is {driver.Engine.Datagrams.MaxDatagramSize}.",
                    nameof(datagram));
            case DatagramSendResult.Unsupported:
                throw new NotSupportedException("The peer takes no datagrams (RFC 9221 §3); see PeerSupportsDatagrams.");
            default:
                connection.ThrowIfClosed();
                throw QuicExceptions.OperationAborted("The connection is closed.");
        }
    }

    private bool TryReceiveCore(Span<byte> buffer, out int length)
    {
        length = 0;
        if (driver.Engine.Datagrams is not { } datagrams)
            return false;
        if (datagrams.TryReceive(buffer, out length))
            return true;
        if (length > buffer.Length)
        {
            throw new ArgumentException(
                $"The datagram has {length} bytes and the buffer {buffer.Length}; the datagram waits.", nameof(buffer));
        }

        length = 0;
        return false;
    }
}
