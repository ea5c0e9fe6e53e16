using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// Flow control of the connection as a whole (RFC 9000 §4.1): what we may send over all streams, and what the peer may. It owns both
/// limits and writes MAX_DATA and DATA_BLOCKED.
/// </summary>
internal sealed class ConnectionFlowControl(StreamSettings settings)
{
    private bool _isMaxDataLost;

    public SendCredit Credit { get; } = new();

    public ReceiveWindow Window { get; } = new(settings.InitialConnectionWindow, settings.MaxConnectionWindow);

    public bool HasPending => IsMaxDataDue || Credit.IsBlockedFrameDue;

    private bool IsMaxDataDue => _isMaxDataLost || Window.IsUpdateDue;

    public void OnMaxDataLost(ulong limit) => _isMaxDataLost |= limit == Window.Limit;

    public void WriteFrames(ref PacketBuilder builder)
    {
        if (IsMaxDataDue && builder.HasRoomForLimit)
        {
            var limit = Window.Announce();
            _isMaxDataLost = false;
            new MaxDataFrame(limit).Write(ref builder.Writer);
            builder.Remember(new SentFrame(SentFrameKind.MaxData, Offset: limit));
        }

        if (Credit.IsBlockedFrameDue && builder.HasRoomForLimit)
        {
            new DataBlockedFrame(Credit.Limit).Write(ref builder.Writer);
            builder.Remember(new SentFrame(SentFrameKind.DataBlocked, Offset: Credit.Limit));
            Credit.OnBlockedFrameWritten();
        }
    }
}
