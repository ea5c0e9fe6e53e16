using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Peregrine.Quic.Core;
using Peregrine.Tls;
using Peregrine.Wire;

namespace Peregrine.Quic.Tests;

/// <summary>
/// Complete ClientHellos in Initial packets, each of another connection, from ports that never answer: what anyone can send who can send
/// at all.
/// </summary>
internal sealed class StrangerFlood : IDisposable
{
    private const int Ports = 200;

    private readonly Socket[] _sockets = new Socket[Ports];
    private readonly EndPoint _target;
    private readonly byte[] _buffer = new byte[65_000];
    private readonly EndpointEngine _engine = new(new EndpointSettings(), new TlsCryptography(SystemRandom.Instance));
    private int _next;

    public StrangerFlood(IPEndPoint target)
    {
        _target = target;
        for (var i = 0; i < Ports; i++)
        {
            _sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            _sockets[i].Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }
    }

    public long Sent { get; private set; }

    /// <summary>The datagrams of one stranger's first flight.</summary>
    public static List<byte[]> FirstFlight(EndpointEngine engine, byte[] buffer)
    {
        var tls = new TlsClientSettings { ServerName = "localhost", ApplicationProtocols = [QuicPair.Alpn.Protocol.ToArray()] };
        var client = engine.Connect(new ConnectionSettings(), tls, new NetworkPath(default, new NetworkAddress(1, 1)), new Instant(1));
        var flight = new List<byte[]>();
        while (client.TryTransmit(buffer, 16, new Instant(1), out var sent))
        {
            for (var offset = 0; offset < sent.Length; offset += sent.SegmentSize)
                flight.Add(buffer.AsSpan(offset, Math.Min(sent.SegmentSize, sent.Length - offset)).ToArray());
        }

        client.Drain(QuicFault.NoError(""));
        return flight;
    }

    /// <summary>Made ahead, since making one costs as much as answering it.</summary>
    public List<List<byte[]>> Make(int count) => [.. Enumerable.Range(0, count).Select(_ => FirstFlight(_engine, _buffer))];

    public void Send(List<byte[]> flight)
    {
        var socket = _sockets[_next++ % Ports];
        foreach (var datagram in flight)
        {
            socket.SendTo(datagram, _target);
            Sent++;
        }
    }

    /// <summary>A datagram that looks like a first Initial, of random bytes.</summary>
    public void SendForged()
    {
        var datagram = new byte[1200];
        RandomNumberGenerator.Fill(datagram);
        byte[] start = [0xc3, 0, 0, 0, 1, 8];
        start.CopyTo(datagram, 0);
        datagram[14] = 0; // an empty source ID
        datagram[15] = 0; // no token
        datagram[16] = 0x44; // 1,183 bytes follow
        datagram[17] = 0x9e;
        _sockets[_next++ % Ports].SendTo(datagram, _target);
        Sent++;
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }
}
