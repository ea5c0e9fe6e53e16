using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Peregrine.Quic;

/// <summary>Where a listener listens, and how it chooses the options of each connection.</summary>
public sealed class QuicListenerOptions
{
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
        if (ListenBacklog < 1)
            throw new ArgumentOutOfRangeException(nameof(ListenBacklog), ListenBacklog, "ListenBacklog must be at least 1.");
    }
}
