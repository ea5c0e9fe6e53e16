namespace Peregrine.Tls;

/// <summary>Why a handshake failed: the alert for the peer, and one sentence for people.</summary>
internal sealed record TlsFailure(TlsAlert Alert, string Message)
{
    /// <summary>
    /// The rule broken is QUIC's, not TLS's: the connection closes with PROTOCOL_VIOLATION instead of the alert (RFC 9001 §4.1.3, §8.4).
    /// </summary>
    public bool IsProtocolViolation { get; init; }

    /// <summary>
    /// The peer sent more than we keep: the connection closes with CRYPTO_BUFFER_EXCEEDED instead of the alert (RFC 9000 §7.5).
    /// </summary>
    public bool IsBufferExceeded { get; init; }

    /// <summary>
    /// CRYPTO_ERROR as RFC 9001 §4.8 builds it; meaningless when QUIC has a code of its own for the rule that was broken.
    /// </summary>
    public ulong QuicErrorCode => 0x0100UL + (byte)Alert;
}
