using System.Runtime.CompilerServices;
using Peregrine.Quic;

namespace Peregrine.Http3;

/// <summary>
/// The connection's one receiver of QUIC datagrams. It reads each into the same buffer, which grows to the largest datagram seen, and hands
/// its payload to the request stream it names, else to the extensions.
/// </summary>
internal sealed class DatagramLoop(Http3Connection connection)
{
    private const int UsualDatagram = 2048;
    private const int LargestDatagram = 65_535;

    private byte[] _buffer = [];
    private long _dropped;

    public DatagramRoutes Routes { get; } = new();

    public long Dropped => Interlocked.Read(ref _dropped);

    public async Task RunAsync()
    {
        if (!connection.AcceptsDatagrams)
            return;
        _buffer = new byte[UsualDatagram];
        try
        {
            while (true)
            {
                var length = await ReceiveAsync().ConfigureAwait(false);
                if (length >= 0)
                    Deliver(_buffer.AsSpan(0, length));
            }
        }
        catch (Http3Exception error)
        {
            connection.Fail(error);
        }
        catch (Exception exception) when (exception is QuicException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection has ended.
        }
#pragma warning disable CA1031 // Whatever else it is: a connection that takes no datagrams any more must not seem alive.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            connection.FailInternally(exception);
        }
    }

    // The length, or -1 after the buffer had to grow: the datagram then still waits.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync()
    {
        try
        {
            return await connection.Transport.ReceiveDatagramAsync(_buffer, connection.ClosingToken).ConfigureAwait(false);
        }
        catch (ArgumentException) when (_buffer.Length < LargestDatagram)
        {
            _buffer = new byte[LargestDatagram];
            return -1;
        }
    }

    private void Deliver(ReadOnlySpan<byte> datagram)
    {
        if (!HttpDatagram.TryRead(datagram, out var streamId, out var payload))
        {
            throw Http3Exception.OnConnection(
                Http3ErrorCode.DatagramError, "A datagram's Quarter Stream ID is cut short or above 2^60 - 1.");
        }

        // RFC 9297 §2.1: that stream cannot come.
        if (connection.IsServer && streamId / 4 >= connection.Transport.GetInboundStreamLimit(QuicStreamType.Bidirectional))
            throw Http3Exception.OnConnection(Http3ErrorCode.IdError, $"A datagram names stream {streamId}, which is beyond the limit.");
        Deliver(streamId, payload);
    }

    /// <summary>Takes a datagram, whichever way it came.</summary>
    public void Deliver(long streamId, ReadOnlySpan<byte> payload)
    {
        if (Routes.TryGet(streamId, out var route))
            DeliverTo(route, payload);
        else if (connection.Options.Extensions.UnclaimedDatagram is { } unclaimed)
            DeliverTo(unclaimed, streamId, payload);
        else
            OnDropped();
    }

    private void OnDropped()
    {
        Interlocked.Increment(ref _dropped);
        Http3Metrics.DatagramsDropped.Add(1);
    }

    private void DeliverTo(in DatagramRoutes.Route route, ReadOnlySpan<byte> payload)
    {
        try
        {
            route.Receiver(payload);
        }
        catch (Http3Exception error)
        {
            ((IMessageOwner)route.Stream).OnProtocolError(error);
        }
#pragma warning disable CA1031 // Whatever a receiver throws ends its stream only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            connection.Log.HandlerFailed(route.Stream.StreamId, exception);
            route.Stream.Abort(Http3ErrorCode.InternalError);
        }
    }

    private void DeliverTo(Http3UnclaimedDatagramReceiver receiver, long streamId, ReadOnlySpan<byte> payload)
    {
        try
        {
            receiver(connection, streamId, payload);
        }
        catch (Http3Exception error) when (error.Scope == Http3ErrorScope.Connection)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a receiver throws costs its datagram only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            connection.Log.HandlerFailed(streamId, exception);
        }
    }
}
