using Peregrine.Quic.Core;
using Peregrine.Wire;

namespace Peregrine.Simulation;

/// <summary>A connection on a host, with what the simulation keeps for it.</summary>
internal sealed class SimulatedConnection(Host host, ConnectionEngine engine)
{
    public Host Host { get; } = host;

    public ConnectionEngine Engine { get; } = engine;

    public Application? Application { get; set; }

    public ConnectionInvariants Invariants { get; } = new(engine);

    public Instant ArmedFor { get; set; } = Instant.Never;
}

/// <summary>What runs on top of a connection.</summary>
internal abstract class Application(SimulatedConnection connection)
{
    protected SimulatedConnection Connection { get; } = connection;

    protected ConnectionEngine Engine => Connection.Engine;

    public abstract void OnEvent(in ConnectionEvent taken);
}
