namespace Peregrine.Quic.Core;

/// <summary>
/// One stream: its two halves, either of which is null where the stream has none (RFC 9000 §2.1). It belongs to one
/// <see cref="StreamSet"/>, which forgets it when both halves are terminal and the driver has released it.
/// </summary>
internal sealed class CoreStream : StreamHandle
{
    // A field: queues change the links in place.
    internal StreamLinks Links;

    internal CoreStream(ulong id, StreamSet streams, bool hasSend, bool hasReceive)
        : base(id)
    {
        if (hasSend)
            Send = new SendStream(this, streams);
        if (hasReceive)
            Receive = new ReceiveStream(this, streams);
    }

    public SendStream? Send { get; }

    public ReceiveStream? Receive { get; }

    /// <summary>Both halves are in a terminal state (RFC 9000 §3.4).</summary>
    public bool IsClosed => Send is not { IsClosed: false } && Receive is not { IsClosed: false };

    internal bool IsReleased { get; set; }

    internal bool HasControlFrames => Send is { HasControlFrames: true } || Receive is { HasControlFrames: true };
}
