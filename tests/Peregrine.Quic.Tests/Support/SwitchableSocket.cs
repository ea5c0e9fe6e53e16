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
    public static (Func<IPEndPoint, IDatagramSocket> Factory, ConcurrentQueue<SwitchableSocket> Made) CreateFactory(
        Action<SwitchableSocket>? prepare = null)
    {
        var made = new ConcurrentQueue<SwitchableSocket>();
        return (endPoint =>
        {
            var socket = new SwitchableSocket(UdpSocket.Open(endPoint, new QuicSocketOptions(), SocketRole.Client));
            prepare?.Invoke(socket);
            made.Enqueue(socket);
            return socket;
        }, made);
    }

    /// <summary>The loop is stuck in its next look at the socket, until it is released.</summary>
    public void HoldReceptions()
    {
        _mayReceive.Reset();
        inner.Wake();
    }

    public void ReleaseReceptions() => _mayReceive.Set();

    public void FailSends(int count) => Volatile.Write(ref _sendFaults, count);

    public void FailReceives(int count) => Volatile.Write(ref _receiveFaults, count);

    /// <summary>The socket takes nothing, as if its send buffer were full.</summary>
    public volatile bool IsFull;

    /// <summary>An empty datagram is there whenever somebody looks.</summary>
    public volatile bool IsFlooded;

    /// <summary>What keeps datagrams from leaving.</summary>
    public volatile SocketError SendError;

    /// <summary>Hears of what is received, on the loop.</summary>
    public Action<Reception>? OnReception { get; set; }

    private readonly ManualResetEventSlim _mayReceive = new(initialState: true);
    private int _refusals;

    /// <summary>How often a full socket was asked to send.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    public void Wait(Duration timeout, bool forRoom)
    {
        if (!IsFlooded)
            inner.Wait(timeout, forRoom && !IsFull);
    }

    public bool TryReceiveFailure(Span<byte> buffer, out FailedDatagram failed) => inner.TryReceiveFailure(buffer, out failed);

    public bool TryReceive(Span<byte> buffer, out Reception reception)
    {
        if (Interlocked.Decrement(ref _receiveFaults) >= 0)
            throw new SocketException((int)SocketError.ConnectionReset);
        _mayReceive.Wait(QuicPair.Patience);
        while (inner.TryReceive(buffer, out reception))
        {
            OnReception?.Invoke(reception);
            if (HidesSegmentSize)
                reception = reception with { SegmentSize = 0 };
            if (!IsCut)
                return true;
        }

        if (IsFlooded)
        {
            reception = new Reception(0, 0, new NetworkPath(LocalAddress, new NetworkAddress(1, 1)), EcnCodepoint.NotEct);
            return true;
        }

        return false;
    }

    public SendOutcome Send(ReadOnlySpan<byte> buffer, in Transmission transmission)
    {
        if (Interlocked.Decrement(ref _sendFaults) >= 0)
            throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
        if (IsFull)
        {
            Interlocked.Increment(ref _refusals);
            return default;
        }

        if (SendError != SocketError.Success)
            return new SendOutcome(transmission.Length, SendError);
        return IsCut ? SendOutcome.All(transmission.Length) : inner.Send(buffer, transmission);
    }

    public void Wake() => inner.Wake();

    public void Dispose()
    {
        _mayReceive.Set();
        inner.Dispose();
    }
}
