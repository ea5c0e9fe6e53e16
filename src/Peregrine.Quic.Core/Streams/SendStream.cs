namespace Peregrine.Quic.Core;

internal sealed class SendStream
{
    public SendState State => throw null!;
    public bool IsClosed => throw null!;
    public ulong? StopCode => throw null!;
    public ulong? ResetCode => throw null!;
    public ulong ReliableSize { get; set; }
    public ulong BytesWritten => throw null!;
    public ulong BytesAcked => throw null!;
    public int Priority { get; set; }
    public int Write(ReadOnlySpan<byte> data) => throw null!;
    public void Finish() => throw null!;
    public void Reset(ulong errorCode) => throw null!;
}
