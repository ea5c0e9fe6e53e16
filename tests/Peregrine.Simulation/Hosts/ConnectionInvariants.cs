using Peregrine.Quic.Core;

namespace Peregrine.Simulation;

/// <summary>What must hold at every moment of every scenario, checked from outside the engine.</summary>
internal sealed class ConnectionInvariants(ConnectionEngine engine)
{
    private long _received;
    private long _sent;

    public void OnReceived(int bytes) => _received += bytes;

    public void OnSent(int bytes)
    {
        _sent += bytes;

        // RFC 9000 §8.1
        if (engine.IsServer && !engine.Validation.IsValidated)
            Assert.True(_sent <= 3 * _received, $"A server sent {_sent} bytes after receiving {_received} from an address it has not validated.");

        // RFC 9000 §10.2
        Assert.False(engine.CloseState.Phase is ClosePhase.Draining or ClosePhase.Drained, "A draining connection sent a datagram.");
        if (engine.CloseState.Phase == ClosePhase.Closing)
            Assert.False(engine.CloseState.IsSendPending, "A closing connection sent something other than the CONNECTION_CLOSE that was due.");
    }

    /// <summary>At the end of a scenario: nothing is left behind.</summary>
    public void AtEnd()
    {
        Assert.True(engine.IsDrained, $"The connection never ended: {engine.Fault}");
        Assert.Equal(0, engine.Streams?.OpenCount ?? 0);
        Assert.True(engine.Events.IsEmpty);
    }
}
