using Peregrine.Quic.Core;

namespace Peregrine.Quic;

/// <summary>Tells the application, on the thread pool and one at a time, how many more streams the peer lets it open.</summary>
internal sealed class StreamCapacity(
    QuicConnection connection, Action<QuicConnection, QuicStreamCapacityChangedArgs> callback, Action<Exception> onFailure)
{
    private readonly Lock _gate = new();
    private ulong _bidirectional;
    private ulong _unidirectional;
    private ulong _toldBidirectional;
    private ulong _toldUnidirectional;
    private bool _isRunning;

    /// <summary>Called under the connection's lock.</summary>
    public void OnRaised(StreamSet streams)
    {
        lock (_gate)
        {
            _bidirectional = streams.PeerStreamLimit(StreamDirection.Bidirectional);
            _unidirectional = streams.PeerStreamLimit(StreamDirection.Unidirectional);
            if (_isRunning)
                return;
            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static capacity => capacity.Run(), this, preferLocal: false);
    }

    private void Run()
    {
        while (TryTake(out var change))
        {
            try
            {
                callback(connection, change);
            }
            catch (Exception e)
            {
                onFailure(e);
            }
        }
    }

    private bool TryTake(out QuicStreamCapacityChangedArgs change)
    {
        lock (_gate)
        {
            change = new QuicStreamCapacityChangedArgs
            {
                BidirectionalIncrement = (int)Math.Min(_bidirectional - _toldBidirectional, int.MaxValue),
                UnidirectionalIncrement = (int)Math.Min(_unidirectional - _toldUnidirectional, int.MaxValue),
            };
            (_toldBidirectional, _toldUnidirectional) = (_bidirectional, _unidirectional);
            return _isRunning = change != default;
        }
    }
}
