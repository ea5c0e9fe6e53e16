namespace Peregrine.Tls;

/// <summary>Why a handshake failed: the alert for the peer, and one sentence for people.</summary>
internal sealed record TlsFailure(TlsAlert Alert, string Message)
{
    /// <summary>
    /// The rule broken is QUIC's, not TLS's: the connection closes with PROTOCOL_VIOLATION instead of the alert (RFC 9001 §4.1.3, §8.4).
    /// </summary>
    public bool IsProtocolViolation { get; init; }

    /// <summary>CRYPTO_ERROR as RFC 9001 §4.8 builds it; meaningless when <see cref="IsProtocolViolation"/>.</summary>
    public ulong QuicErrorCode => 0x0100UL + (byte)Alert;
}
