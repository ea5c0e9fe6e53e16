using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>What an endpoint needs to know before any connection: limits on what strangers may cost it.</summary>
internal sealed record EndpointSettings
{
    /// <summary>False for an endpoint that only connects out: Initial packets of strangers are dropped.</summary>
    public bool AcceptsConnections { get; init; }

    /// <summary>Connections whose handshake is not complete; beyond it new Initial packets are dropped silently (robustness H9).</summary>
    public int MaxHalfOpenConnections { get; init; } = 10_000;

    /// <summary>Connections in all; beyond it new ones are refused, within <see cref="StatelessRepliesPerSecond"/>.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>
    /// Connections past their handshake from one IPv4 address or one /64 of IPv6; beyond it new ones are refused likewise.
    /// </summary>
    public int MaxConnectionsPerAddress { get; init; } = int.MaxValue;

    /// <summary>Version negotiation, stateless reset and refusal packets a second, over all addresses (robustness H9, C4).</summary>
    public int StatelessRepliesPerSecond { get; init; } = 100;

    /// <summary>32 bytes from which stateless reset tokens are made (RFC 9000 §10.3.2); random when empty.</summary>
    public ReadOnlyMemory<byte> StatelessResetKey { get; init; }
}
