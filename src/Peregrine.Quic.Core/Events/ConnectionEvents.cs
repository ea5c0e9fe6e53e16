using System.Diagnostics.CodeAnalysis;

namespace Peregrine.Quic.Core;

internal enum ConnectionEventKind : byte
{
    /// <summary>Server: the ClientHello is parsed; the driver calls <c>ProvideServerOptions</c> or <c>Refuse</c>.</summary>
    NeedsServerOptions,

    /// <summary>Client: the driver verifies the certificate chain and calls <c>ProvideCertificateVerdict</c>.</summary>
    NeedsCertificateVerdict,

    /// <summary>1-RTT send keys exist: the application may open streams and send (0.5-RTT on a server).</summary>
    ReadyToSend,

    /// <summary>The TLS handshake is complete (RFC 9001 §4.1.1).</summary>
    HandshakeComplete,

    /// <summary>An NSS key log line; <see cref="ConnectionEvent.Data"/>.</summary>
    KeyLogLine,

    /// <summary>The peer opened streams; take them with <c>Streams.TryAccept</c>.</summary>
    StreamOpened,

    /// <summary><see cref="ConnectionEvent.Stream"/> has bytes to read, its end, or a reset.</summary>
    StreamReadable,

    /// <summary>
    /// <see cref="ConnectionEvent.Stream"/> has room again after a write took less than was offered, or was stopped by the peer.
    /// </summary>
    StreamWritable,

    /// <summary>The sending half of <see cref="ConnectionEvent.Stream"/> is over: everything acknowledged, or reset.</summary>
    StreamSendClosed,

    /// <summary>The receiving half of <see cref="ConnectionEvent.Stream"/> is over: everything read, or reset.</summary>
    StreamReceiveClosed,

    /// <summary>The peer raised its limit of bidirectional streams.</summary>
    BidirectionalStreamsAvailable,

    UnidirectionalStreamsAvailable,

    /// <summary>At least one datagram waits in the receive queue.</summary>
    DatagramReceived,

    /// <summary>The datagram send queue has room again after <c>Full</c>.</summary>
    DatagramRoom,

    /// <summary>Closing or draining began; the engine's <c>Fault</c> says why. No stream event follows.</summary>
    Closed,

    /// <summary>The engine is done: forget it. The last event.</summary>
    Drained,
}

internal readonly record struct ConnectionEvent(ConnectionEventKind Kind, StreamHandle? Stream = null, ReadOnlyMemory<byte> Data = default);

/// <summary>
/// What the core tells the driver, in order. It owns a ring that grows. However much the peer sends between two turns of the driver, what
/// waits here
/// is bounded by the streams that are open: news of the connection stands here once for each kind, and each stream keeps a flag for each
/// kind of its own.
/// </summary>
internal sealed class ConnectionEvents
{
    private ConnectionEvent[] _ring = new ConnectionEvent[16];
    private int _head;
    private int _count;
    private uint _waiting;

    public bool IsEmpty => _count == 0;

    /// <summary>How many wait.</summary>
    public int Count => _count;

    public void Add(ConnectionEventKind kind, StreamHandle? stream = null, ReadOnlyMemory<byte> data = default)
    {
        if (IsNewsOnce(kind))
        {
            if ((_waiting & Bit(kind)) != 0)
                return;
            _waiting |= Bit(kind);
        }

        if (_count == _ring.Length)
            Grow();
        _ring[(_head + _count++) & (_ring.Length - 1)] = new ConnectionEvent(kind, stream, data);
    }

    public bool TryTake([MaybeNullWhen(false)] out ConnectionEvent taken)
    {
        if (_count == 0)
        {
            taken = default;
            return false;
        }

        taken = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        _waiting &= ~Bit(taken.Kind);
        return true;
    }

    // What says only "look again": a second one before the first is taken would say nothing.
    private static bool IsNewsOnce(ConnectionEventKind kind) => kind is
        ConnectionEventKind.StreamOpened or
        ConnectionEventKind.BidirectionalStreamsAvailable or
        ConnectionEventKind.UnidirectionalStreamsAvailable or
        ConnectionEventKind.DatagramReceived or
        ConnectionEventKind.DatagramRoom;

    private static uint Bit(ConnectionEventKind kind) => 1u << (int)kind;

    private void Grow()
    {
        var larger = new ConnectionEvent[_ring.Length * 2];
        for (var i = 0; i < _count; i++)
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
