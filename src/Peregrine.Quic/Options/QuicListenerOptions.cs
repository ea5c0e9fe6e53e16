using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Peregrine.Quic;

/// <summary>Where a listener listens, and how it chooses the options of each connection.</summary>
public sealed class QuicListenerOptions
{
    private const int MostHalfOpen = 1_000_000;

    /// <summary>
    /// The local address and port; port 0 lets the system choose. <see cref="IPAddress.IPv6Any"/> takes IPv4 as well, and falls
    /// back to IPv4 alone where the machine has no IPv6.
    /// </summary>
    public required IPEndPoint ListenEndPoint { get; set; }

    /// <summary>The application protocols offered, in order of preference; at least one.</summary>
    public required IList<SslApplicationProtocol> ApplicationProtocols { get; set; }

    /// <summary>
    /// Connections that may be under way or wait to be accepted; past it, new ones are refused (CONNECTION_REFUSED). 512 by default;
    /// at least 1.
    /// </summary>
    public int ListenBacklog { get; set; } = 512;

    /// <summary>
    /// Connections whose handshake may be under way at once. A first packet costs its sender nothing, not even an address of its own, so
    /// past
    /// it new ones are dropped without an answer, and counted in <see cref="QuicListenerStatistics.HandshakesDropped"/>; honest clients try
    /// again by themselves. Each holds some 40 KiB, for at most the handshake timeout of 10 seconds; one that fails counts until nothing is
    /// left of it. 10,000 by default; 1 to 1,000,000.
    /// </summary>
    public int MaxHalfOpenConnections { get; set; } = 10_000;

    /// <summary>
    /// Connections that the listener may have in all, of whatever state. Past it new clients are refused with CONNECTION_REFUSED, a
    /// hundred of
    /// them a second, and the others not even answered (<see cref="QuicListenerStatistics.ConnectionsRefused"/>). 100,000 by default; at
    /// least 1.
    /// </summary>
    public int MaxConnections { get; set; } = 100_000;

    /// <summary>
    /// Connections past their handshake that one IPv4 address, or one IPv6 network of 64 bits, may have; refused past it as with
    /// <see cref="MaxConnections"/>. Many people may share one address. <see cref="int.MaxValue"/>, the default, is no limit; at least 1.
    /// </summary>
    public int MaxConnectionsPerAddress { get; set; } = int.MaxValue;

    /// <summary>
    /// While at most so many handshakes are under way, a connection is handed to <see cref="QuicListener.AcceptConnectionAsync"/> as soon
    /// as
    /// the server can send, before the client has proved its address; while more are, only when its handshake is complete, so that what the
    /// application builds for a connection is not built for a flood. 64 by default; 0 is always after the handshake.
    /// </summary>
    public int EarlyHandoverLimit { get; set; } = 64;

    /// <summary>
    /// Chooses the options of a connection by its ClientHello; runs on the thread pool, and for at most the handshake timeout of
    /// 10 seconds. What it throws refuses the connection with an error and harms nothing else.
    /// </summary>
    public required Func<QuicConnection, SslClientHelloInfo, CancellationToken, ValueTask<QuicServerConnectionOptions>>
        ConnectionOptionsCallback
    { get; set; }

    /// <summary>Where the log of the listener and its connections goes. Nowhere by default.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>The clock. The system's by default.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How the UDP socket is set up.</summary>
    public QuicSocketOptions Socket { get; set; } = new();

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(ListenEndPoint);
        ArgumentNullException.ThrowIfNull(ApplicationProtocols);
        ArgumentNullException.ThrowIfNull(ConnectionOptionsCallback);
        ArgumentNullException.ThrowIfNull(LoggerFactory);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Socket);
        Socket.Validate();
        TlsRefusals.CheckApplicationProtocols(ApplicationProtocols, nameof(ApplicationProtocols));
        AtLeast(ListenBacklog, 1, nameof(ListenBacklog));
        AtLeast(MaxHalfOpenConnections, 1, nameof(MaxHalfOpenConnections));
        AtLeast(MaxConnections, 1, nameof(MaxConnections));
        AtLeast(MaxConnectionsPerAddress, 1, nameof(MaxConnectionsPerAddress));
        AtLeast(EarlyHandoverLimit, 0, nameof(EarlyHandoverLimit));
        if (MaxHalfOpenConnections > MostHalfOpen)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxHalfOpenConnections), MaxHalfOpenConnections, $"MaxHalfOpenConnections must be at most {MostHalfOpen}.");
        }
    }

    private static void AtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least {least}.");
    }
}
