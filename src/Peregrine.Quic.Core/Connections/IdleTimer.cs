using Peregrine.Wire;

namespace Peregrine.Quic.Core;

/// <summary>
/// When silence ends the connection (RFC 9000 §10.1), when a handshake has taken too long, and when a keep-alive PING is due. Only packets
/// that arrive, and the first ack-eliciting packet sent after one, restart the idle timer: our own probes never do (robustness H15).
/// </summary>
internal sealed class IdleTimer
{
    private static readonly Duration MaxBlockedPause = Duration.FromSeconds(10);

    private Duration _keepAlive;
    private Duration _timeout;
    private Instant _lastActivity;
    private bool _sentSinceReceived;
    private readonly Instant _start;
    private Instant _handshakeDeadline;

    public IdleTimer(Duration ownTimeout, Duration handshakeTimeout, Duration keepAlive, Instant now)
    {
        _start = now;
        _lastActivity = now;
        ApplySettings(ownTimeout, handshakeTimeout, keepAlive);
    }

    /// <summary>Zero stands for none. The handshake is timed from its first packet, whenever its settings come.</summary>
    public void ApplySettings(Duration ownTimeout, Duration handshakeTimeout, Duration keepAlive)
    {
        _handshakeDeadline = Later(_start, handshakeTimeout);
        _timeout = ownTimeout == Duration.Zero ? Duration.Infinite : ownTimeout;
        _keepAlive = keepAlive == Duration.Zero ? Duration.Infinite : keepAlive;
    }

    /// <summary>The smaller of both sides' max_idle_timeout; infinite stands for none.</summary>
    public void ApplyPeerTimeout(Duration peerTimeout)
    {
        _timeout = Duration.Min(_timeout, peerTimeout);
    }

    public void OnHandshakeComplete() => _handshakeDeadline = Instant.Never;

    public void OnPacketReceived(Instant now)
    {
        _lastActivity = now;
        _sentSinceReceived = false;
    }

    public void OnAckElicitingSent(Instant now)
    {
        if (_sentSinceReceived)
            return;
        _sentSinceReceived = true;
        _lastActivity = now;
    }

    /// <summary>RFC 9000 §10.1: never less than three probe timeouts.</summary>
    public Instant IdleDeadline(Duration probeTimeout) => Later(_lastActivity, Duration.Max(_timeout, probeTimeout * 3));

    /// <summary>
    /// When a sender that the peer's limits hold back says so again, with nothing of ours on its way (RFC 9000 §4.1): often enough that
    /// neither side idles out.
    /// </summary>
    public Instant BlockedDeadline => _sentSinceReceived || !_handshakeDeadline.IsNever
        ? Instant.Never
        : _lastActivity + Duration.Min(Duration.FromNanoseconds(_timeout.Nanoseconds / 3), MaxBlockedPause);

    public Instant HandshakeDeadline => _handshakeDeadline;

    /// <summary>Due once the handshake is done and nothing of ours is on its way to be acknowledged.</summary>
    public Instant KeepAliveDeadline => _sentSinceReceived || !_handshakeDeadline.IsNever ? Instant.Never : Later(_lastActivity, _keepAlive);

    private static Instant Later(Instant start, Duration duration) => duration.IsInfinite ? Instant.Never : start + duration;
}
