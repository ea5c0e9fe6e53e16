using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Quic;

/// <summary>
/// When a connection began and when its handshake was complete; it adds the connection to the meter's numbers, once each way.
/// </summary>
internal sealed class ConnectionFigures
{
    private readonly Clock _clock;
    private readonly Instant _begun;
    private Duration? _handshake;

    public ConnectionFigures(Clock clock)
    {
        _clock = clock;
        _begun = clock.Now;
        QuicMetrics.OnBegun();
    }

    public void OnHandshakeComplete() => _handshake = _clock.Now - _begun;

    /// <summary>What there is to tell about the connection, elsewhere.</summary>
    public ConnectionReport OnEnded(QuicException why, ConnectionEngine engine)
    {
        var figures = QuicConnection.StatisticsOf(engine);
        QuicMetrics.OnEnded(why.QuicError, wasComplete: _handshake is not null, figures);
        return new ConnectionReport(
            engine.Path.Remote.ToEndPoint(),
            engine.IsServer,
            why,
            (_clock.Now - _begun).ToTimeSpan(),
            _handshake?.ToTimeSpan(),
            figures.SmoothedRtt);
    }
}
