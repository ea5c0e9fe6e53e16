namespace Peregrine.Quic.Core;

/// <summary>One stream: its two halves, either of which is null where the stream has none (RFC 9000 §2.1).</summary>
internal sealed class CoreStream(ulong id)
{
    public ulong Id { get; } = id;

    public SendStream? Send { get; init; }

    public ReceiveStream? Receive { get; init; }

    /// <summary>The driver's object for this stream.</summary>
    public object? Owner { get; set; }
}
