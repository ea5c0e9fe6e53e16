using System.Buffers;
namespace Peregrine.Quic.Core;

internal sealed class ReceiveStream
{
    public ReceiveState State => throw null!;
    public bool IsClosed => throw null!;
    public bool IsFinished => throw null!;
    public bool FinKnownAndAllReceived => throw null!;
    public ulong? ResetCode => throw null!;
    public int Read(Span<byte> destination) => throw null!;
    public ReadOnlySequence<byte> Peek() => throw null!;
    public void Advance(long count) => throw null!;
    public void Stop(ulong errorCode) => throw null!;
}
