using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>What one connection is set up with. The driver has validated what came from options.</summary>
internal sealed record ConnectionSettings
{
    public StreamSettings Streams { get; init; } = new();

    public DatagramSettings Datagrams { get; init; } = new();

    public RecoverySettings Recovery { get; init; } = new();

    /// <summary>Our max_idle_timeout; zero or infinite for none.</summary>
    public Duration IdleTimeout { get; init; } = Duration.FromSeconds(30);

    /// <summary>How long a handshake may take in all, whatever arrives (robustness H15).</summary>
    public Duration HandshakeTimeout { get; init; } = Duration.FromSeconds(10);

    /// <summary>How long the connection may be silent before we send a PING; infinite for never.</summary>
    public Duration KeepAlive { get; init; } = Duration.Infinite;

    /// <summary>
    /// UDP payload of the datagrams we send, at least 1,200 bytes (RFC 9000 §14). Path MTU discovery will raise it later.
    /// </summary>
    public int DatagramSize => Recovery.Congestion.MaxDatagramSize;
}
