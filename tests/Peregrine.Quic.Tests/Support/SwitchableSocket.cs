using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic.Tests;

/// <summary>A real socket that a test can cut off, or make throw.</summary>
internal sealed class SwitchableSocket(IDatagramSocket inner) : IDatagramSocket
{
    private int _sendFaults;
    private int _receiveFaults;

    /// <summary>Nothing goes out and nothing comes in.</summary>
    public volatile bool IsCut;

    /// <summary>Receptions do not say how long their segments are.</summary>
    public volatile bool HidesSegmentSize;

    public NetworkAddress LocalAddress => inner.LocalAddress;

    public int MaxSegments => inner.MaxSegments;

    /// <summary>A factory for socket options, and the list of what it made.</summary>
    public static (Func<IPEndPoint, IDatagramSocket> Factory, ConcurrentQueue<SwitchableSocket> Made) CreateFactory()
    {
        var made = new ConcurrentQueue<SwitchableSocket>();
        return (endPoint =>
        {
            var socket = new SwitchableSocket(UdpSocket.Open(endPoint, new QuicSocketOptions(), wantsLocalAddress: false));
            made.Enqueue(socket);
            return socket;
        }, made);
    }

    public void FailSends(int count) => Volatile.Write(ref _sendFaults, count);

    public void FailReceives(int count) => Volatile.Write(ref _receiveFaults, count);

    public void Wait(Duration timeout) => inner.Wait(timeout);

    public bool TryReceive(Span<byte> buffer, out Reception reception)
    {
        if (Interlocked.Decrement(ref _receiveFaults) >= 0)
            throw new SocketException((int)SocketError.ConnectionReset);
        while (inner.TryReceive(buffer, out reception))
        {
            if (HidesSegmentSize)
                reception = reception with { SegmentSize = 0 };
            if (!IsCut)
                return true;
        }

        return false;
    }

    public void Send(ReadOnlySpan<byte> buffer, in Transmission transmission)
    {
        if (Interlocked.Decrement(ref _sendFaults) >= 0)
            throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
        if (!IsCut)
            inner.Send(buffer, transmission);
    }

    public void Wake() => inner.Wake();

    public void Dispose() => inner.Dispose();
}
