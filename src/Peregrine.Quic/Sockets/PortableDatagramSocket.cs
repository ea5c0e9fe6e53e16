using System.Net;
using System.Net.Sockets;
using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// A UDP socket by plain .NET, one packet a call, for every system. It waits in Select on the socket and on a second one that it wakes
/// itself by, sees no ECN, and on a wildcard socket cannot tell which local address a datagram came to. It owns the three sockets.
/// </summary>
internal sealed class PortableDatagramSocket : IDatagramSocket
{
    private static readonly Duration LongestWait = Duration.FromSeconds(1000);

    private readonly Socket _socket;
    private readonly Socket _waker = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly List<Socket> _readable = new(2);
    private readonly List<Socket> _writable = new(1);
    private readonly SocketAddress _from;
    private int _wakePending;

    [ThreadStatic]
    private static SocketAddress? _toIPv4;

    [ThreadStatic]
    private static SocketAddress? _toIPv6;

    /// <summary>Takes over a bound socket.</summary>
    public PortableDatagramSocket(Socket socket)
    {
        _socket = socket;
        _socket.Blocking = false;
        _from = new SocketAddress(socket.AddressFamily);
        LocalAddress = NetworkAddress.From((IPEndPoint)socket.LocalEndPoint!);
        _waker.Blocking = false;
        _waker.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _waker.Connect(_waker.LocalEndPoint!);
    }

    public NetworkAddress LocalAddress { get; }

    public int MaxSegments => 1;

    public void Wait(Duration timeout, bool forRoom)
    {
        _writable.Clear();
        if (forRoom)
            _writable.Add(_socket);
        _readable.Clear();
        _readable.Add(_socket);
        _readable.Add(_waker);

        // Select counts in milliseconds on Unix and returns at once for less than one.
        var milliseconds = Math.Min((timeout.Nanoseconds / 1_000_000) + 1, (long)LongestWait.Milliseconds);
        try
        {
            Socket.Select(_readable, forRoom ? _writable : null, null, (int)(milliseconds * 1000));
        }
        catch (SocketException)
        {
            return;
        }

        if (!_readable.Contains(_waker))
            return;
        Span<byte> bytes = stackalloc byte[16];
        try
        {
            _waker.Receive(bytes, SocketFlags.None, out _);
        }
        catch (SocketException)
        {
            // Woken all the same.
        }

        Interlocked.Exchange(ref _wakePending, 0);
    }

    public bool TryReceive(Span<byte> buffer, out Reception reception)
    {
        reception = default;
        try
        {
            // Available says 0 for a waiting datagram without bytes, so poll where it says nothing.
            if (_socket.Available == 0 && !_socket.Poll(0, SelectMode.SelectRead))
                return false;
            var length = _socket.ReceiveFrom(buffer, SocketFlags.None, _from);
            reception = new Reception(
                length, length, new NetworkPath(LocalAddress, PortableSocketAddress.Read(_from)), EcnCodepoint.NotEct);
            return true;
        }
        catch (SocketException)
        {
            // Robustness X3: what ICMP brought is not worth an endpoint.
            return false;
        }
    }

    public bool TryReceiveFailure(Span<byte> buffer, out FailedDatagram failed)
    {
        failed = default;
        return false;
    }

    public SendOutcome Send(ReadOnlySpan<byte> buffer, in Transmission transmission)
    {
        buffer = buffer[..transmission.Length];
        var to = _socket.AddressFamily == AddressFamily.InterNetworkV6
            ? _toIPv6 ??= new SocketAddress(AddressFamily.InterNetworkV6)
            : _toIPv4 ??= new SocketAddress(AddressFamily.InterNetwork);
        PortableSocketAddress.Write(to, transmission.Path.Remote);
        var outcome = SendOutcome.All(buffer.Length);
        for (var taken = 0; taken < buffer.Length;)
        {
            var length = Math.Min(buffer.Length - taken, transmission.SegmentSize);
            var error = SendOnce(buffer.Slice(taken, length), to);
            if (error == SocketError.WouldBlock)
                return outcome with { Taken = taken };
            if (error != SocketError.Success)
                outcome = outcome with { Error = error };
            taken += length;
        }

        return outcome;
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePending, 1) != 0)
            return;
        try
        {
            _waker.Send("w"u8, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _waker.Dispose();
    }

    private SocketError SendOnce(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, to);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            // No route, a firewall: to QUIC it is a lost packet (robustness X3).
            return e.SocketErrorCode;
        }
        catch (ObjectDisposedException)
        {
            return SocketError.NetworkDown;
        }
    }
}
